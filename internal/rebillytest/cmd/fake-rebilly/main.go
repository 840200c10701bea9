// Command fake-rebilly serves the fake Rebilly API on loopback for as long as
// another command runs, and ends with that command's exit status:
//
//	fake-rebilly terraform plan
//
// The command finds the API by REBILLY_BASE_URL and REBILLY_API_KEY, and by
// REBILLY_TEST_EXPORT_ID the id of an export that was completed two days and a
// half before. Without a command it serves until it is interrupted, and prints
// those variables. Every request is told on standard error, with the statuses
// of the exports that it was answered with.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
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
	server := &http.Server{Handler: tell(api), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()

	variables := []string{
		"REBILLY_BASE_URL=http://" + listener.Addr().String(),
		"REBILLY_API_KEY=" + rebillytest.SecretKey,
		"REBILLY_TEST_EXPORT_ID=" + rebillytest.ExportID,
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

var statuses = regexp.MustCompile(`"status":"\w+"`)

// tell answers as api does, and tells of it.
func tell(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorded := httptest.NewRecorder()
		api.ServeHTTP(recorded, r)
		maps.Copy(w.Header(), recorded.Header())
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(recorded.Body.Bytes())

		var seen []string
		for _, status := range statuses.FindAllString(recorded.Body.String(), -1) {
			seen = append(seen, strings.Split(status, `"`)[3])
		}
		fmt.Fprintf(os.Stderr, "    fake API: %s %s -> %d %s\n", r.Method, r.URL.Path, recorded.Code, strings.Join(seen, ", "))
	})
}
