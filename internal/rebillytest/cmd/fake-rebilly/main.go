// Command fake-rebilly serves the fake Rebilly API on 127.0.0.1 while another
// command runs, and the files of exports on another port. It exits with the exit
// status of that command.
//
// Usage:
//
//	fake-rebilly [-outcome status] [command [argument...]]
//
// For example:
//
//	fake-rebilly terraform apply
//	fake-rebilly -outcome failed terraform apply
//
// The flag -outcome sets what becomes of the exports that are requested:
// completed (the default), failed, expired, or never, which keeps them in
// progress.
//
// The command gets these environment variables, and no other variable that
// begins with REBILLY_:
//
//   - REBILLY_BASE_URL and REBILLY_API_KEY lead to the fake API.
//   - REBILLY_TEST_EXPORT_ID is the ID of an export that was completed two and a
//     half days ago, in the default organization.
//
// The organizations org_acme and org_globex have one completed export each,
// org_exp_acme_01 and org_exp_globex_01. The credential works for every
// organization.
//
// Without a command, fake-rebilly prints the variables and serves the API until
// it is interrupted. It logs every request to standard error: for the API with
// the statuses of the exports in the response, and for files with the range.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
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

// exportAge is how long ago the exports that exist at the start were requested.
const exportAge = 60 * time.Hour

// exportIDs has the ID of the export that exists at the start, by organization.
var exportIDs = map[string]string{
	rebillytest.DefaultOrganization: rebillytest.ExportID,
	"org_acme":                      "org_exp_acme_01",
	"org_globex":                    "org_exp_globex_01",
}

// outcomes has the last status of requested exports, by value of -outcome.
var outcomes = map[string]string{
	"completed": rebillytest.StatusCompleted,
	"failed":    rebillytest.StatusFailed,
	"expired":   rebillytest.StatusExpired,
	"never":     rebillytest.StatusProcessing,
}

func main() {
	outcome, command, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	case err != nil:
		os.Exit(2) // The flag package has printed the error.
	}
	status, err := run(newAPI(outcome), command)
	if err != nil {
		log.Fatalf("fake-rebilly: %v", err)
	}
	os.Exit(status)
}

// parse returns the last status of requested exports and the command to run. It
// prints errors and the usage to output.
func parse(arguments []string, output io.Writer) (outcome string, command []string, err error) {
	outcome = rebillytest.StatusCompleted
	flags := flag.NewFlagSet("fake-rebilly", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.Usage = func() {
		_, _ = fmt.Fprintln(output, "Usage: fake-rebilly [-outcome status] [command [argument...]]")
		flags.PrintDefaults()
	}
	flags.Func("outcome", "what becomes of requested exports: `status` is completed, failed, expired, or never (default completed)", func(value string) error {
		status, ok := outcomes[value]
		if !ok {
			return errors.New("must be completed, failed, expired, or never")
		}
		outcome = status

		return nil
	})
	err = flags.Parse(arguments)

	return outcome, flags.Args(), err
}

// newAPI returns a fake API in which requested exports end with the status
// outcome.
func newAPI(outcome string) *rebillytest.API {
	api := rebillytest.New()
	api.SetLifeCycle(rebillytest.LifeCycleTo(outcome)...)
	created := time.Now().Add(-exportAge)
	for organization, id := range exportIDs {
		api.Add(organization, rebillytest.Completed(id, created))
	}

	return api
}

// run serves api while command runs, and returns the exit status of command.
// Without a command it serves api until it is interrupted.
func run(api *rebillytest.API, command []string) (status int, err error) {
	address, stop, err := serve(logRequests(api))
	if err != nil {
		return 0, err
	}
	defer stop()
	filesAddress, stopFiles, err := serve(logFileRequests(api.Files()))
	if err != nil {
		return 0, err
	}
	defer stopFiles()
	api.SetFilesURL("http://" + filesAddress)

	variables := []string{
		"REBILLY_BASE_URL=http://" + address,
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
		return 0, fmt.Errorf("requests or responses do not conform to openapi.yaml: %v", violations)
	}

	return status, err
}

// serve serves handler on a free port of 127.0.0.1 until stop is called.
func serve(handler http.Handler) (address string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listening on 127.0.0.1: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()

	return listener.Addr().String(), func() { _ = server.Close() }, nil
}

// execute runs command to its end and returns its exit status. A terminal sends
// an interrupt to the command too, so execute only ignores it. SIGTERM goes to
// one process, so execute passes it on.
func execute(command, variables []string) (int, error) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	terminated, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()

	child := exec.CommandContext(terminated, command[0], command[1:]...) //nolint:gosec // Its purpose is to run the command that it is given.
	child.Cancel = func() error { return terminate(child.Process) }
	// The user's own settings for Rebilly must not reach the fake.
	child.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "REBILLY_")
	}), variables...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := child.Run()
	if failure, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(failure.ExitCode(), 1), nil
	}

	return 0, err
}

// terminate sends SIGTERM to process, or kills it where the operating system
// cannot send SIGTERM, as Windows cannot.
func terminate(process *os.Process) error {
	err := process.Signal(syscall.SIGTERM)
	if errors.Is(err, errors.ErrUnsupported) {
		return process.Kill()
	}

	return err
}

var statuses = regexp.MustCompile(`"status":"\w+"`)

// logRequests returns a handler that responds as api does and logs each request
// to standard error.
func logRequests(api http.Handler) http.Handler {
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

// logFileRequests returns a handler that responds as host does and logs each
// request to standard error, without its signature.
func logFileRequests(host http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(os.Stderr, strings.TrimRight("    fake file host: "+r.Method+" "+r.URL.Path+" "+r.Header.Get("Range"), " "))
		host.ServeHTTP(w, r)
	})
}
