// Peer makes one call of package sysv and prints the result as JSON. TestPeers
// builds it for other architectures. Its Host has no /proc unless asked, so that
// only what the kernel stored in struct shmid_ds is seen.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"shmctl/internal/sysv"
)

func main() {
	h := sysv.Host{Proc: os.Getenv("PEER_PROC")}
	var args []int
	for _, a := range os.Args[2:] {
		n, err := strconv.Atoi(a)
		check(err)
		args = append(args, n)
	}
	var result any
	var err error
	switch os.Args[1] {
	case "stat":
		result, err = h.Stat(args[0])
	case "list":
		result, err = h.List()
	case "quick":
		result, err = h.ListStat()
	case "limits":
		result, err = h.Limits()
	case "lookup":
		result, err = h.Lookup(sysv.Key(args[0]))
	case "create":
		result, err = h.Get(sysv.Key(args[0]), uint64(args[1]), sysv.GetFlags{Create: true, Exclusive: true, Mode: uint32(args[2])})
	case "set":
		mode, uid, gid := uint32(args[1]), uint32(args[2]), uint32(args[3])
		err = h.Set(args[0], &mode, &uid, &gid)
	case "lock":
		err = h.Lock(args[0])
	case "unlock":
		err = h.Unlock(args[0])
	case "remove":
		err = h.Remove(args[0])
	case "attach":
		// Adds one to each byte, and says what was there.
		var m *sysv.Mapping
		if m, err = h.Attach(args[0], false); err == nil {
			old := make([]byte, m.Size())
			_, err = m.ReadAt(old, 0)
			check(err)
			result = string(old)
			for i := range old {
				old[i]++
			}
			_, err = m.WriteAt(old, 0)
			check(err)
			err = m.Detach()
		}
	}
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(result))
}

func check(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	var limit *sysv.LimitError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		os.Exit(3)
	case errors.Is(err, fs.ErrExist):
		os.Exit(4)
	case errors.As(err, &limit):
		os.Exit(7)
	}
	os.Exit(1)
}
