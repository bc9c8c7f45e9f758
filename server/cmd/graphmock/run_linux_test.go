package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRunLendsTheTerminalToCMD: CMD reads what is typed, though it has a process
// group of its own, and Ctrl-C interrupts it.
func TestRunLendsTheTerminalToCMD(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		command, types, want string
		code                 int
	}{
		"reading": {`echo ready; read line; echo "got $line"`, "hello\n", "got hello", exitClean},
		"Ctrl-C":  {`echo ready; read line`, "\x03", "graphmock: interrupted", exitInterrupted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keyboard, terminal := openTerminal(t)
			program, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			c := exec.CommandContext(t.Context(), program)
			c.Args = []string{"graphmock", "run", "--allow-no-requests", "--", "sh", "-c", test.command}
			c.Stdin, c.Stdout, c.Stderr = terminal, terminal, terminal
			c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			terminal.Close()
			shown := bufio.NewReader(keyboard)
			if line, err := shown.ReadString('\n'); strings.TrimSpace(line) != "ready" {
				t.Fatalf("%q, %v", line, err)
			}
			io.WriteString(keyboard, test.types)
			rest, _ := io.ReadAll(shown) // until no process has the terminal, which is an error
			c.Wait()
			if code := c.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(rest), test.want) {
				t.Errorf("exit code %d, want %d\n%s", code, test.code, rest)
			}
		})
	}
}

// openTerminal opens a terminal, and the keyboard and screen that belong to it.
func openTerminal(t *testing.T) (keyboard, terminal *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("there are no terminals here: ", err)
	}
	t.Cleanup(func() { keyboard.Close() })
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return keyboard, terminal
}
