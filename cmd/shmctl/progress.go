package main

import (
	"errors"
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

// progress counts the bytes of a transfer, and shows them when it takes long.
type progress struct {
	mu    sync.Mutex
	bar   *pb.ProgressBar // once it is shown
	moved int64
	timer *time.Timer
}

// progressAfter is how long a transfer may take before it is worth a bar.
const progressAfter = time.Second

// start watches a transfer of total bytes, 0 where that is not known.
func (m progressMode) start(e *env, verb string, total int64) *progress {
	p := &progress{}
	f, ok := e.err.(*os.File)
	switch {
	case m == "never", m == "auto" && !(ok && transfer.IsTerminal(f)):
		return p
	case m == "always":
		p.show(e, verb, total)
	default:
		p.timer = time.AfterFunc(progressAfter, func() { p.show(e, verb, total) })
	}
	return p
}

func (p *progress) show(e *env, verb string, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	bar := pb.New64(total).SetWriter(e.err).SetRefreshRate(200 * time.Millisecond)
	if total > 0 {
		bar.SetTemplateString(`{{string . "prefix"}}{{counters .}} {{bar . "[" "=" ">" " " "]"}} {{percent .}} {{speed . "%s/s" "…"}} {{rtime . "%s left" "" ""}}`)
	} else {
		bar.SetTemplateString(`{{string . "prefix"}}{{counters .}} {{speed . "%s/s" "…"}} {{etime .}}`)
	}
	bar.Set(pb.Bytes, true).Set("prefix", "shmctl: "+verb+" ").Set(pb.CleanOnFinish, true)
	bar.Add64(p.moved)
	p.bar = bar.Start()
}

// add counts n bytes more.
func (p *progress) add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moved += n
	if p.bar != nil {
		p.bar.Add64(n)
	}
}

// done takes the bar away.
func (p *progress) done() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Finish()
		p.bar = nil
	}
}
