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

	if err := appendUsage(filepath.Join(folder, "usage.jsonl"), provider.ProcessState); err != nil {
		log.Fatal(err)
	}
	os.Exit(provider.ProcessState.ExitCode())
}

// appendUsage appends the usage of a process that has ended, and of the child
// processes it waited for, to a file: the CPU time in seconds, and the peak memory of
// the process or of its largest child in bytes. The peak is zero if the operating
// system does not report it.
func appendUsage(name string, state *os.ProcessState) error {
	used := struct{ CPU, Peak float64 }{CPU: (state.UserTime() + state.SystemTime()).Seconds()}
	if resources, ok := state.SysUsage().(*syscall.Rusage); ok {
		used.Peak = float64(resources.Maxrss)
		// Only macOS counts bytes. The others count KiB.
		if runtime.GOOS != "darwin" {
			used.Peak *= 1024
		}
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()

	return json.NewEncoder(file).Encode(used)
}
