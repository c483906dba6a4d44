package posix

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"shmctl/internal/nstest"
)

func TestList(t *testing.T) {
	d := tmpDir(t)
	if rows, err := d.List(); err != nil || len(rows) != 0 {
		t.Errorf("empty: %v, %v", rows, err)
	}
	plant(t, d) // and one object, plain
	for _, n := range []Name{"b", "a", "sem.s", ".h", "\xff", "a\nb", "B"} {
		create(t, d, n, []byte(n))
	}
	rows, err := d.List()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range rows {
		got = append(got, string(i.Name))
		one, err := d.Stat(i.Name)
		if err != nil || one != i {
			t.Errorf("%s: listed as %+v, Stat says %+v, %v", i.Name, i, one, err)
		}
	}
	if want := []string{".h", "B", "a", "a\nb", "b", "plain", "sem.s", "\xff"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestListChanging(t *testing.T) {
	d := tmpDir(t)
	for i := 0; i < 500; i++ {
		create(t, d, Name(fmt.Sprintf("stays%03d", i)), nil).Close()
	}
	background(t, func(stopped func() bool) {
		for i := 0; !stopped(); i++ {
			n := Name(fmt.Sprintf("goes%d", i%50))
			if o, err := d.Create(n, 0o600); err == nil {
				o.Close()
			}
			d.Unlink(Name(fmt.Sprintf("goes%d", (i+25)%50)))
		}
	})
	for i := 0; i < 100; i++ {
		rows, err := d.List()
		if err != nil {
			t.Fatal(err)
		}
		stays := 0
		for k, i := range rows {
			if strings.HasPrefix(string(i.Name), "stays") {
				stays++
			}
			if k > 0 && rows[k-1].Name >= i.Name {
				t.Fatalf("%s after %s", i.Name, rows[k-1].Name)
			}
		}
		if stays != 500 {
			t.Fatalf("%d of 500 that stay", stays)
		}
	}
}

func TestListPermission(t *testing.T) {
	d := tmpDir(t)
	for i := 0; i < 20; i++ {
		create(t, d, Name(fmt.Sprint(i)), nil).Close()
	}
	defer os.Chmod(d.Path, 0o700)
	for _, mode := range []fs.FileMode{0o000, 0o300, 0o400} {
		os.Chmod(d.Path, mode)
		nstest.Powerless(t, func() {
			rows, err := d.List()
			if len(rows) != 0 || !errors.Is(err, fs.ErrPermission) {
				t.Errorf("mode %#o: %d rows, %v", mode, len(rows), err)
			}
			if mode == 0o400 && strings.Count(err.Error(), "\n") != maxErrors {
				t.Errorf("mode %#o: %v", mode, err)
			}
		})
	}
}

func BenchmarkList(b *testing.B) {
	d := tmpDir(b)
	for i := 0; i < 20000; i++ {
		if err := os.WriteFile(d.path(Name(fmt.Sprintf("psm_%08x", uint32(i)*2654435761))), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if rows, err := d.List(); err != nil || len(rows) != 20000 {
			b.Fatal(len(rows), err)
		}
	}
}
