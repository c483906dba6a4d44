package main

import (
	"math"
	"strconv"
	"testing"
	"time"
)

func TestParseSize(t *testing.T) {
	tests := []struct {
		in   string
		want uint64
		ok   bool
	}{
		{"0", 0, true}, {"1", 1, true}, {"007", 7, true},
		{"1K", 1 << 10, true}, {"1k", 1 << 10, true}, {"3M", 3 << 20, true}, {"1G", 1 << 30, true}, {"2T", 2 << 40, true}, {"1P", 1 << 50, true},
		{"1KiB", 1 << 10, true}, {"1MiB", 1 << 20, true}, {"1PiB", 1 << 50, true},
		{"1KB", 1000, true}, {"1kB", 1000, true}, {"5MB", 5_000_000, true}, {"1PB", 1e15, true},
		{"18446744073709551615", math.MaxUint64, true},
		{"16383P", 16383 << 50, true},
		{"18446744073709551616", 0, false}, {"16384P", 0, false}, {"18447PB", 0, false},
		{"", 0, false}, {"K", 0, false}, {"-1", 0, false}, {"+1", 0, false}, {" 1", 0, false}, {"1 ", 0, false}, {"1 K", 0, false},
		{"1.5K", 0, false}, {"0x10", 0, false}, {"1X", 0, false}, {"1E", 0, false}, {"1KK", 0, false}, {"1Ki", 0, false},
		{"1KIB", 0, false}, {"1Kib", 0, false}, {"1B", 0, false}, {"1iB", 0, false}, {"٣", 0, false}, {"1\x00", 0, false},
	}
	for _, tt := range tests {
		got, err := parseSize(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("parseSize(%q) = %d, %v", tt.in, got, err)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"1", "1K", "1KiB", "1KB", "18446744073709551616", "16384P", "-1", "", "1.5", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseSize(s)
		if err != nil {
			return
		}
		if back, err := parseSize(strconv.FormatUint(n, 10)); err != nil || back != n {
			t.Errorf("%q is %d, which reads as %d, %v", s, n, back, err)
		}
		if s[0] < '0' || s[0] > '9' {
			t.Errorf("%q was taken for a size", s)
		}
	})
}

func TestParseMode(t *testing.T) {
	tests := []struct {
		in   string
		want uint32
		ok   bool
	}{
		{"0", 0, true}, {"600", 0o600, true}, {"0600", 0o600, true}, {"00777", 0o777, true},
		{"", 0, false}, {"1000", 0, false}, {"0o600", 0, false}, {"8", 0, false}, {"-600", 0, false}, {"rw", 0, false}, {" 600", 0, false},
		{"77777777777777777777777777", 0, false},
	}
	for _, tt := range tests {
		got, err := parseMode(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("parseMode(%q) = %o, %v", tt.in, got, err)
		}
	}
}

func FuzzParseMode(f *testing.F) {
	for _, s := range []string{"0", "0777", "1000", "", "8", "0o7", "-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseMode(s)
		if err == nil && (n > 0o777 || s == "") {
			t.Errorf("%q is mode %o", s, n)
		}
	})
}

func TestParseDuration(t *testing.T) {
	tests := []struct {
		in   string
		want time.Duration
		ok   bool
	}{
		{"500ms", 500 * time.Millisecond, true}, {"5s", 5 * time.Second, true}, {"1m30s", 90 * time.Second, true},
		{"5", 5 * time.Second, true}, {"0.25", 250 * time.Millisecond, true}, {"0", 0, true},
		{"", 0, false}, {"-5", 0, false}, {"-5s", 0, false}, {"+5s", 0, false}, {"5x", 0, false}, {".", 0, false}, {"1.2.3", 0, false}, {" 5", 0, false},
		{"99999999999999999999", 0, false},
	}
	for _, tt := range tests {
		got, err := parseDuration(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("parseDuration(%q) = %v, %v", tt.in, got, err)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"5", "5s", "1m30s", "-1", "", "1e9", "9223372036854775807"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := parseDuration(s); err == nil && d < 0 {
			t.Errorf("%q is %v", s, d)
		}
	})
}

func TestParseOwner(t *testing.T) {
	num := func(n uint32) *uint32 { return &n }
	tests := []struct {
		in       string
		uid, gid *uint32
		ok       bool
	}{
		{"0", num(0), nil, true}, {"root", num(0), nil, true}, {"12:34", num(12), num(34), true}, {":34", nil, num(34), true},
		{"root:root", num(0), num(0), true}, {"4294967294", num(4294967294), nil, true},
		{"", nil, nil, false}, {":", nil, nil, false}, {"0:", nil, nil, false}, {"-1", nil, nil, false}, {"4294967295", nil, nil, false},
		{"4294967296", nil, nil, false}, {"no such user", nil, nil, false}, {"0:no such group", nil, nil, false}, {"1:2:3", nil, nil, false},
	}
	same := func(a, b *uint32) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
	for _, tt := range tests {
		got, err := parseOwner(tt.in)
		if !same(got.uid, tt.uid) || !same(got.gid, tt.gid) || (err == nil) != tt.ok {
			t.Errorf("parseOwner(%q) = %v, %v", tt.in, got, err)
		}
	}
}

func FuzzParseOwner(f *testing.F) {
	for _, s := range []string{"0", "root", "root:root", ":0", ":", "", "-1", "4294967295"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := parseOwner(s)
		if err == nil && o.uid == nil && o.gid == nil {
			t.Errorf("%q names neither user nor group", s)
		}
	})
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain é": "plain é", "a\nb": `a\x0ab`, "\x1b[2J": `\x1b[2J`, "\xff": `\xff`, `back\slash`: `back\slash`,
		"\u009b": `\xc2\x9b`, "\u202e": `\xe2\x80\xae`,
	} {
		if got := oneLine(in); got != want {
			t.Errorf("oneLine(%q) = %q, want %q", in, got, want)
		}
	}
}
