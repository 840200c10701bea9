//go:build unix

package provider

import (
	"bytes"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// promptly is how long a run may take to end. It takes some milliseconds; a wait
// that continues takes minutes.
const promptly = 2 * time.Second

// started is a running command of the CLI, in a process group of its own.
type started struct {
	t       *testing.T
	command *exec.Cmd
	output  *bytes.Buffer
	ended   chan error
}

func (c cli) start(arguments ...string) started {
	c.t.Helper()
	run := started{t: c.t, command: c.command(arguments...), output: new(bytes.Buffer), ended: make(chan error, 1)}
	run.command.Stdout, run.command.Stderr = run.output, run.output
	run.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := run.command.Start(); err != nil {
		c.t.Fatal(err)
	}
	go func() { run.ended <- run.command.Wait() }()

	return run
}

// await waits until the condition holds.
func (r started) await(what string, holds func() bool) {
	r.t.Helper()
	late := time.After(time.Minute)
	for poll := time.NewTicker(10 * time.Millisecond); !holds(); {
		select {
		case <-poll.C:
		case err := <-r.ended:
			r.t.Fatalf("it ended before %s: %v\n%s", what, err, r.output)
		case <-late:
			r.t.Fatalf("%s did not happen", what)
		}
	}
}

// awaitRequests waits until the API has received so many requests.
func (r started) awaitRequests(api *rebillytest.API, count int) {
	r.t.Helper()
	r.await("the request", func() bool { return len(api.Requests()) >= count })
}

// signal sends a signal. It skips the test if the CLI has two processes, each of
// which takes the group's SIGTERM for a second one, and ends.
func (r started) signal(i interruption) {
	r.t.Helper()
	process := r.command.Process.Pid
	if i.group {
		process = -process
		if i.signal == syscall.SIGTERM && olderThan(r.t, terraform11, "") {
			_ = syscall.Kill(process, syscall.SIGKILL)
			r.t.Skip("Terraform 1.0 has two processes")
		}
	}
	if err := syscall.Kill(process, i.signal); err != nil {
		r.t.Fatal(err)
	}
}

// mustFail waits for the end of the run, which must be a failure, and returns its
// output.
func (r started) mustFail() string {
	r.t.Helper()
	printed, err := r.end()
	if err == nil {
		r.t.Errorf("it succeeded:\n%s", printed)
	}

	return printed
}

// end waits for the end of the run, and returns its output.
func (r started) end() (printed string, err error) {
	r.t.Helper()
	since := time.Now()
	select {
	case err = <-r.ended:
		r.t.Logf("it ended after %s", time.Since(since).Round(10*time.Millisecond))
	case <-time.After(promptly):
		_ = syscall.Kill(-r.command.Process.Pid, syscall.SIGKILL)
		r.t.Fatalf("it did not end within %s:\n%s", promptly, r.output)
	}

	return r.output.String(), err
}

// interruption is a signal, and whether the process group receives it, which
// contains the provider, or the CLI alone.
type interruption struct {
	signal syscall.Signal
	group  bool
}

var interruptions = map[string]interruption{
	"SIGINT for the CLI":    {signal: syscall.SIGINT},
	"SIGINT for the group":  {signal: syscall.SIGINT, group: true}, // Ctrl-C in a terminal.
	"SIGTERM for the CLI":   {signal: syscall.SIGTERM},
	"SIGTERM for the group": {signal: syscall.SIGTERM, group: true},
}
