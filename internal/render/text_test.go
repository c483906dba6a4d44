package render

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// The expectations were taken from `lsipc -m` on segments of these sizes.
func TestHumanSize(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0B", 1: "1B", 999: "999B", 1000: "1000B", 1023: "1023B", 1024: "1K", 1025: "1K", 1075: "1K", 1076: "1.1K", 1127: "1.1K", 1536: "1.5K", 1587: "1.5K", 1588: "1.6K",
		10188: "9.9K", 10189: "10K", 10240: "10K", 102400: "100K", 1048524: "1023.9K", 1048525: "1024K", 1048575: "1024K", 1048576: "1M", 32 << 20: "32M",
		1073741823: "1024M", 1127428915: "1G", 1181116006: "1.1G", 5000000000: "4.7G", 1099511627776: "1T", 1234567890123: "1.1T",
		1 << 60: "1E", 3 << 59: "1.5E", math.MaxUint64: "16E", math.MaxUint64 - 1<<24 + 1: "16E",
	} {
		if got := HumanSize(n); got != want {
			t.Errorf("HumanSize(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestHumanAge(t *testing.T) {
	const h, day = time.Hour, 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "0s", 999 * time.Millisecond: "0s", 40 * time.Second: "40s", 59*time.Second + 1: "59s", time.Minute: "1m", 12*time.Minute + 59*time.Second: "12m",
		h - 1: "59m", h: "1h00m", 5*h + 2*time.Minute: "5h02m", day - 1: "23h59m", day: "1d00h", 3*day + 13*h: "3d13h", 400*day + 5*h: "400d05h",
		-5 * time.Second: "-5s", -25 * h: "-1d01h", math.MinInt64: "-106751d23h", math.MaxInt64: "106751d23h",
	} {
		if got := HumanAge(d); got != want {
			t.Errorf("HumanAge(%d) = %s, want %s", d, got, want)
		}
	}
}

func TestPerms(t *testing.T) {
	for mode, want := range map[uint32]string{
		0: "---------", 0644: "rw-r--r--", 0777: "rwxrwxrwx", 0421: "r---w---x", 0666: "rw-rw-rw-", 0100644: "rw-r--r--",
		07777: "rwsrwsrwt", 07000: "--S--S--T", 01755: "rwxr-xr-t", 04644: "rwSr--r--",
	} {
		if got := Perms(mode); got != want {
			t.Errorf("Perms(%04o) = %s, want %s", mode, got, want)
		}
	}
}

// hostile are names that break careless output.
var hostile = []string{
	"", " ", "  ", "-", "--", "a b", " lead", "trail ", "tab\there", "line\nbreak", "\n", "\n\n", "end\n", "end\n\n", "\nstart", "a\n\nb", "cr\rlf\r\n", "\x1b[31mred\x1b]0;title\a",
	`"`, `a"b`, `'`, `\`, `\\`, `a\`, `\x41`, `\x`, `\xg1`, `\x4`, `\n`, `$HOME`, `${HOME}`, `$(touch /tmp/owned)`, "`id`", `$((1+1))`, `"; exit 7; "`, `\"; exit 7; "`, `a=b`, `!!`, `#`, `*`, `~`, `%s%n`, `{{.id}}`,
	"\xff", "a\xffb", "\x80\x81", "\xc3", "\xc3\x28", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\n\xc3\xa9", "\n\xff\xff\n", "\xff\n", "\n\"", "\n$(id)", "\n\n'", "\n%d", "\n\\101", "\n7", "é\n世界\nx\n",
	"\x81\"; exit 7; \"", "\x81`id`", "\x81$(id)", "\x81\\", "é\"", "世$x",
	"é", "e\u0301", "\u0301", "日本語", "🙂", "👩‍💻", "\u200b", "\u202eevil\u202c", "\u2066x\u2069", "\u2028", "\u2029", "\u0085", "\u009b31m", "\ufeff", "\u00ad", "\u00a0", "\u3000", "\U000e0041", "\ufffd", "\U0010ffff", "\ue000",
	"\x01", "\x7f", "\x01\x7f\x01", "a,b", ",", `\.`, "\ta", strings.Repeat("long ", 200),
}

func TestEscape(t *testing.T) {
	for s, want := range map[string]string{
		"plain /name-1.2": "plain /name-1.2", "a b": "a b", "a\nb": `a\x0ab`, "\x1b[31m": `\x1b[31m`, "\x7f": `\x7f`, "é日🙂": "é日🙂", "e\u0301": "e\u0301",
		"\u0085": `\xc2\x85`, "\u202e": `\xe2\x80\xae`, "\u2028": `\xe2\x80\xa8`, "\u00a0": `\xc2\xa0`, "\xff": `\xff`, "\xc3": `\xc3`, "\ufffd": "\ufffd", "\ufeff": `\xef\xbb\xbf`,
		`C:\dir`: `C:\dir`, `\`: `\`, `\x41`: `\x5cx41`, `\x4`: `\x4`, `\xgg`: `\xgg`, "\\\xff": `\\xff`, `\\x41`: `\\x5cx41`,
	} {
		if got := Escape(s); got != want {
			t.Errorf("Escape(%q) = %s, want %s", s, got, want)
		}
	}
	for _, s := range hostile {
		checkEscape(t, s)
	}
}

func checkEscape(t *testing.T, s string) {
	t.Helper()
	e := Escape(s)
	if back := unescape(e); back != s {
		t.Errorf("Escape(%q) = %s, which reads back as %q", s, e, back)
	}
	checkShowable(t, e)
}

// checkShowable wants nothing that a terminal could act on.
func checkShowable(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			t.Errorf("%q holds %U", s, r)
		}
	}
}

// unescape replaces every \xNN by its byte.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if isHexEscape(s[i:]) {
			n, _ := strconv.ParseUint(s[i+2:i+4], 16, 8)
			b.WriteByte(byte(n))
			i += 3
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func FuzzEscape(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(checkEscape)
}
