package sysv

import (
	"fmt"
	"path/filepath"
	"slices"
)

// HugePool is the huge pages of one size.
type HugePool struct {
	Size  uint64 // bytes of a page
	Total uint64 // pages in the pool
	Free  uint64 // pages not in use
}

// HugePools reads the pools of huge pages, by size, from
// /sys/kernel/mm/hugepages. A kernel without huge pages has none.
func (h Host) HugePools() ([]HugePool, error) {
	sizes, err := h.HugePageSizes()
	if err != nil {
		return nil, err
	}
	slices.Sort(sizes)
	pools := make([]HugePool, 0, len(sizes))
	for _, size := range sizes {
		p := HugePool{Size: size}
		dir := filepath.Join(h.sys("kernel/mm/hugepages"), fmt.Sprintf("hugepages-%dkB", size>>10))
		for name, to := range map[string]*uint64{"nr_hugepages": &p.Total, "free_hugepages": &p.Free} {
			if *to, err = readUint(filepath.Join(dir, name)); err != nil {
				return nil, err
			}
		}
		pools = append(pools, p)
	}
	return pools, nil
}
