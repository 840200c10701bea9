// Command fake-rebilly serves the fake Rebilly API on loopback for as long as
// another command runs, and ends with that command's exit status:
//
//	fake-rebilly terraform plan
//
// The command finds the API by REBILLY_BASE_URL and REBILLY_API_KEY, and the
// id of an export that was completed two days and a half before by
// TF_VAR_export_id. Without a command it serves until it is interrupted, and
// prints those variables.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// exportAge is how long before its start the export was requested.
const exportAge = 60 * time.Hour

func main() {
	status, err := run(os.Args[1:])
	if err != nil {
		log.Fatalf("fake-rebilly: %v", err)
	}
	os.Exit(status)
}

func run(command []string) (status int, err error) {
	api := rebillytest.New()
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(rebillytest.ExportID, time.Now().Add(-exportAge)))

	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("listening on loopback: %w", err)
	}
	server := &http.Server{Handler: api, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()

	variables := []string{
		"REBILLY_BASE_URL=http://" + listener.Addr().String(),
		"REBILLY_API_KEY=" + rebillytest.SecretKey,
		"TF_VAR_export_id=" + rebillytest.ExportID,
	}
	if len(command) == 0 {
		for _, variable := range variables {
			fmt.Println("export " + variable)
		}
		interrupted := make(chan os.Signal, 1)
		signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
		<-interrupted

		return 0, nil
	}

	status, err = execute(command, variables)
	if violations := api.Violations(); err == nil && len(violations) > 0 {
		return 0, fmt.Errorf("the contract was broken: %v", violations)
	}

	return status, err
}

// execute runs command to its end. A terminal interrupts every process of the
// group by itself, so that an interrupt is only outlived; SIGTERM, which comes
// to one process alone, is passed on.
func execute(command, variables []string) (int, error) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	terminated, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()

	child := exec.CommandContext(terminated, command[0], command[1:]...) //nolint:gosec // Running what it is given is what it is for.
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	// What the user has set for Rebilly itself must not reach the fake.
	child.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "REBILLY_")
	}), variables...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := child.Run()
	if failure := (*exec.ExitError)(nil); errors.As(err, &failure) {
		return max(failure.ExitCode(), 1), nil
	}

	return 0, err
}
