//go:build !unix

package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"time"
)

// supervise runs a command until it ends. An interrupt reaches every process of
// the console by itself; what has not ended after grace is killed.
//
// An error is why it was not started; it is not either if ctx has ended by then.
func supervise(ctx context.Context, c *exec.Cmd, grace time.Duration) (interrupted bool, err error) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	if ctx.Err() != nil {
		return true, nil
	}
	if err := c.Start(); err != nil {
		return false, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Wait() // how it ended is in its ProcessState
	}()
	var late <-chan time.Time
	for {
		select {
		case <-signals:
			if late == nil {
				timer := time.NewTimer(grace)
				defer timer.Stop()
				late = timer.C
			}
			interrupted = true
		case <-late:
			c.Process.Kill()
		case <-ended:
			return interrupted, nil
		}
	}
}

func isInterrupted(state *os.ProcessState) bool { return state.ExitCode() == exitInterrupted }
