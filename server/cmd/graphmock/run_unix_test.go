//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// family is a shell that starts a child of its own, prints both ids, and waits. It
// begins with what the shell does about signals.
const family = `sleep 1000 & echo $$ $!; wait`

func TestRunPassesSignalsOnAndLeavesNoProcessBehind(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		signal  syscall.Signal
		command string
		grace   string
	}{
		"SIGINT":              {syscall.SIGINT, family, "1m"},
		"SIGTERM":             {syscall.SIGTERM, family, "1m"},
		"SIGHUP":              {syscall.SIGHUP, family, "1m"},
		"handled by CMD":      {syscall.SIGTERM, `trap 'exit 0' TERM; ` + family, "1m"},
		"ignored by CMD":      {syscall.SIGTERM, `trap '' INT TERM; ` + family, "50ms"},
		"ignored at no grace": {syscall.SIGINT, `trap '' INT TERM; ` + family, "0s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			graphmock, processes, errors := startRun(t, "--grace", test.grace, "--", "sh", "-c", test.command)
			graphmock.Process.Signal(test.signal)
			graphmock.Wait()
			if code := graphmock.ProcessState.ExitCode(); code != exitInterrupted {
				t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, errors)
			}
			if !strings.Contains(errors.String(), "coverage: nothing that counts was called") ||
				!strings.HasSuffix(errors.String(), "graphmock: interrupted\n") {
				t.Errorf("the verdict is missing: %s", errors)
			}
			for _, pid := range processes {
				awaitEnd(t, pid)
			}
		})
	}
}

func TestRunEndsWhatCMDLeavesBehind(t *testing.T) {
	t.Parallel()
	graphmock, processes, errors := startRun(t, "--allow-no-requests", "--", "sh", "-c", `(trap '' TERM; exec sleep 1000) & echo $$ $!`)
	graphmock.Wait()
	if code := graphmock.ProcessState.ExitCode(); code != exitClean {
		t.Errorf("exit code %d\n%s", code, errors)
	}
	for _, pid := range processes {
		awaitEnd(t, pid)
	}
}

// startRun starts "graphmock run" as a process, and reads the ids of those that
// CMD prints.
func startRun(t *testing.T, args ...string) (_ *exec.Cmd, processes []int, errors *bytes.Buffer) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program)
	c.Args = append([]string{"graphmock", "run"}, args...) // by that name, the test is the program
	errors = &bytes.Buffer{}
	c.Stderr = errors
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v\n%s", err, errors)
	}
	for _, word := range strings.Fields(line) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		processes = append(processes, pid)
	}
	return c, processes, errors
}

// awaitEnd waits until a process that is not our child is gone, or waits for
// somebody to ask how it ended.
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	deadline, tick := time.After(20*time.Second), time.NewTicker(2*time.Millisecond)
	defer tick.Stop()
	for syscall.Kill(pid, 0) == nil && !isZombie(pid) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("process %d is left behind", pid)
		}
	}
}

func isZombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, found := strings.Cut(string(stat), ") ")
	return err == nil && found && strings.HasPrefix(state, "Z")
}
