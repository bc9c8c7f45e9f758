//go:build unix

package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// leftoverTime is how long processes that a command left behind may take to end.
const leftoverTime = 500 * time.Millisecond

// supervise runs a command in a process group of its own until it ends, and
// passes signals on to the whole group. After one, the group has until the end of
// grace. What the command leaves of the group is ended as well.
//
// An error is why it was not started; it is not either if ctx has ended by then.
func supervise(ctx context.Context, c *exec.Cmd, grace time.Duration) (interrupted bool, err error) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer signal.Stop(signals)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.WaitDelay = leftoverTime // for output that is copied, and held open by what is left
	defer lendTerminal(c)()
	if ctx.Err() != nil {
		return true, nil
	}
	if err := c.Start(); err != nil {
		return false, err
	}
	group := -c.Process.Pid
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Wait() // how it ended is in its ProcessState
	}()
	var late <-chan time.Time
	for {
		select {
		case s := <-signals:
			unix.Kill(group, s.(syscall.Signal))
			if late == nil {
				timer := time.NewTimer(grace)
				defer timer.Stop()
				late = timer.C
			}
			interrupted = true
		case <-late:
			unix.Kill(group, unix.SIGKILL)
		case <-ended:
			endGroup(group)
			return interrupted, nil
		}
	}
}

// endGroup ends what is left of a process group.
func endGroup(group int) {
	if unix.Kill(group, unix.SIGTERM) != nil {
		return // no process is left
	}
	deadline, tick := time.NewTimer(leftoverTime), time.NewTicker(5*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for unix.Kill(group, 0) == nil {
		select {
		case <-tick.C: // there is no signal when a process ends that is not our child
		case <-deadline.C:
			unix.Kill(group, unix.SIGKILL)
			return
		}
	}
}

// lendTerminal lets a command that is about to start read the terminal, if this
// process itself may: only one process group can, and the command has its own.
// The function that it returns takes the terminal back.
func lendTerminal(c *exec.Cmd) (giveBack func()) {
	in, isFile := c.Stdin.(*os.File)
	if !isFile {
		return func() {}
	}
	terminal := int(in.Fd())
	foreground, err := unix.IoctlGetInt(terminal, unix.TIOCGPGRP)
	if own := unix.Getpgrp(); err != nil || foreground != own {
		return func() {}
	}
	c.SysProcAttr.Foreground, c.SysProcAttr.Ctty = true, terminal
	return func() {
		signal.Ignore(unix.SIGTTOU) // a process that takes the terminal from the background is stopped
		defer signal.Reset(unix.SIGTTOU)
		unix.IoctlSetPointerInt(terminal, unix.TIOCSPGRP, unix.Getpgrp())
	}
}

// isInterrupted reports whether a process ended by the signal of Ctrl-C, which a
// terminal sends to the command alone, or says so by its exit code.
func isInterrupted(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == unix.SIGINT || state.ExitCode() == exitInterrupted
}
