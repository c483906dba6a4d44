package main

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	// cheggaaa/pb is the one of the well-kept bars that costs a start least: 0.1 ms,
	// where mpb compiles a regular expression for 0.24 ms and schollz/progressbar
	// links net/http.
	"github.com/cheggaaa/pb/v3"
	"github.com/spf13/cobra"

	"shmctl/internal/transfer"
)

// progressMode is when a bar is shown: auto on a terminal after a second, always
// at once and anywhere, never.
type progressMode string

func (m *progressMode) Type() string   { return "auto|always|never" }
func (m *progressMode) String() string { return string(*m) }
func (m *progressMode) Set(s string) error {
	switch s {
	case "auto", "always", "never":
		*m = progressMode(s)
		return nil
	}
	return errors.New("not auto, always or never")
}

func (m *progressMode) bind(cmd *cobra.Command) {
	*m = "auto"
	cmd.Flags().Var(m, "progress", "show progress on standard error: auto is on a terminal, after a second")
}

// progress shows the bytes of a transfer while it lasts.
type progress struct {
	bar  *pb.ProgressBar // nil where none is to be shown
	stop chan struct{}
	over sync.WaitGroup
}

const (
	// progressAfter is how long a transfer may take before it is worth a bar.
	progressAfter = time.Second
	// A line that goes elsewhere than to a terminal stays, so there are fewer.
	redraw, reprint = 200 * time.Millisecond, time.Second
)

// The bar of a transfer, where its length is known and where it is not.
const (
	barOf   = `{{string . "prefix"}}{{counters .}} {{bar . "[" "=" ">" " " "]"}} {{percent .}} {{speed . "%s/s" "…"}} {{rtime . "%s left" "" ""}}`
	countOf = `{{string . "prefix"}}{{counters .}} {{speed . "%s/s" "…"}} {{etime .}}`
)

// start watches a transfer of total bytes, 0 where that is not known.
func (m progressMode) start(e *env, verb string, total int64) *progress {
	f, ok := e.err.(*os.File)
	terminal := ok && transfer.IsTerminal(f)
	if m == "never" || m == "auto" && !terminal {
		return &progress{}
	}
	text := barOf
	if total <= 0 {
		text = countOf
	}
	bar := pb.New64(total).SetTemplateString(text).SetWriter(e.err)
	bar.Set(pb.Static, true).Set(pb.Bytes, true).Set("prefix", "shmctl: "+verb+" ")
	p := &progress{bar: bar.Start(), stop: make(chan struct{})}
	delay := progressAfter
	if m == "always" {
		delay = 0
	}
	p.over.Go(func() { p.draw(e.err, terminal, delay) })
	return p
}

// draw shows the bar until it is stopped, after a delay: over and over in one line of a
// terminal, where it is gone in the end, and line by line elsewhere.
func (p *progress) draw(w io.Writer, terminal bool, delay time.Duration) {
	before, after, every := "\r", "\x1b[K", redraw
	if !terminal {
		before, after, every = "", "\n", reprint
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	for drawn := false; ; drawn = true {
		select {
		case <-p.stop:
			if terminal && drawn {
				io.WriteString(w, "\r\x1b[K")
			}
			return
		case <-timer.C:
			io.WriteString(w, before+p.bar.String()+after)
			timer.Reset(every)
		}
	}
}

// add counts n bytes more.
func (p *progress) add(n int64) {
	if p.bar != nil {
		p.bar.Add64(n)
	}
}

// done takes the bar away.
func (p *progress) done() {
	if p.bar == nil {
		return
	}
	close(p.stop)
	p.over.Wait()
	p.bar.Finish()
	p.bar = nil
}
