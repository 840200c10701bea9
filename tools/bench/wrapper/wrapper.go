// Command wrapper runs the program "real" in its own folder, and appends that
// process's usage to "usage.jsonl" there. Terraform starts a provider several times
// in a run, and does not report what the processes use.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

func main() {
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	// The provider handles Ctrl-C.
	signal.Ignore(os.Interrupt)
	folder := filepath.Dir(self)
	provider := exec.Command(filepath.Join(folder, "real"), os.Args[1:]...) //nolint:noctx // It ends with its parent's pipes.
	provider.Stdin, provider.Stdout, provider.Stderr = os.Stdin, os.Stdout, os.Stderr
	failed := provider.Run()
	if _, exited := errors.AsType[*exec.ExitError](failed); failed != nil && !exited {
		log.Fatal(failed)
	}

	if err := appendTo(filepath.Join(folder, "usage.jsonl"), usageOf(provider.ProcessState)); err != nil {
		log.Fatal(err)
	}
	os.Exit(provider.ProcessState.ExitCode())
}

// usage is the usage of a process and of the child processes it waited for.
type usage struct {
	// CPU is user and system time, in seconds.
	CPU float64
	// Peak is the peak memory of the process or of its largest child, in bytes.
	Peak float64
}

// usageOf returns the usage of a process that has ended. Peak is zero if the
// operating system does not report it.
func usageOf(state *os.ProcessState) usage {
	used := usage{CPU: (state.UserTime() + state.SystemTime()).Seconds()}
	if resources, ok := state.SysUsage().(*syscall.Rusage); ok {
		used.Peak = float64(resources.Maxrss)
		// Only macOS counts bytes. The others count KiB.
		if runtime.GOOS != "darwin" {
			used.Peak *= 1024
		}
	}

	return used
}

func appendTo(name string, used usage) error {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()

	return json.NewEncoder(file).Encode(used)
}
