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

	"github.com/rebilly/terraform-provider-rebilly/tools/bench/usage"
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

	if err := appendTo(filepath.Join(folder, "usage.jsonl"), usage.Of(provider.ProcessState)); err != nil {
		log.Fatal(err)
	}
	os.Exit(provider.ProcessState.ExitCode())
}

func appendTo(name string, used usage.Usage) error {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()

	return json.NewEncoder(file).Encode(used)
}
