package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// The tests run this test binary as the command, with "child" as its first
// argument and what it does as its second one.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		os.Exit(child(os.Args[2]))
	}
	// The commands must not get this variable.
	if err := os.Setenv("REBILLY_JWT", "the user's own"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func child(action string) (status int) {
	path := "/organization-exports/" + os.Getenv("REBILLY_TEST_EXPORT_ID")
	switch action {
	case "fail":
		return 3
	case "wait":
		_, _ = io.Copy(io.Discard, os.Stdin)

		return 0
	case "read customers":
		path = "/customers"
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, os.Getenv("REBILLY_BASE_URL")+path, nil) //nolint:gosec // The URL is the fake's.
	if err != nil {
		return 4
	}
	request.Header.Set("REB-APIKEY", os.Getenv("REBILLY_API_KEY"))
	response, err := http.DefaultClient.Do(request) //nolint:gosec // The URL is the fake's.
	if err != nil {
		return 5
	}
	defer func() { _ = response.Body.Close() }()
	if _, ok := os.LookupEnv("REBILLY_JWT"); ok || response.StatusCode != http.StatusOK {
		return 6
	}
	if action == "download the file" {
		return download(response.Body)
	}

	return 0
}

// download reads the file of export by its signed link.
func download(export io.Reader) (status int) {
	var links struct {
		Links []struct{ Href string } `json:"_links"`
	}
	if err := json.NewDecoder(export).Decode(&links); err != nil {
		return 7
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, links.Links[2].Href, nil)
	if err != nil {
		return 8
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 9
	}
	defer func() { _ = response.Body.Close() }()
	if size, err := io.Copy(io.Discard, response.Body); err != nil || size != 103_993 {
		return 10
	}

	return 0
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arguments []string
		outcome   string
		command   []string
	}{
		"nothing":                      {nil, rebillytest.StatusCompleted, nil},
		"command":                      {[]string{"terraform", "plan"}, rebillytest.StatusCompleted, []string{"terraform", "plan"}},
		"command with flags":           {[]string{"terraform", "-chdir=x", "plan", "-outcome=failed"}, rebillytest.StatusCompleted, []string{"terraform", "-chdir=x", "plan", "-outcome=failed"}},
		"completed":                    {[]string{"-outcome", "completed"}, rebillytest.StatusCompleted, nil},
		"failed":                       {[]string{"-outcome", "failed"}, rebillytest.StatusFailed, nil},
		"expired":                      {[]string{"-outcome=expired"}, rebillytest.StatusExpired, nil},
		"never":                        {[]string{"--outcome=never"}, rebillytest.StatusProcessing, nil},
		"flag and command with a flag": {[]string{"-outcome", "failed", "terraform", "-help"}, rebillytest.StatusFailed, []string{"terraform", "-help"}},
		"command that begins with -":   {[]string{"-outcome", "failed", "--", "-command"}, rebillytest.StatusFailed, []string{"-command"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var output bytes.Buffer
			outcome, command, err := parse(test.arguments, &output)
			if err != nil || output.Len() > 0 || outcome != test.outcome || !slices.Equal(command, test.command) {
				t.Errorf("got %q, %q, and the error %v, want %q and %q; printed %q", outcome, command, err, test.outcome, test.command, &output)
			}
		})
	}
}

func TestParse_errors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arguments []string
		want      string
		help      bool
	}{
		"unknown outcome": {[]string{"-outcome", "pending", "terraform"}, `invalid value "pending" for flag -outcome: must be completed, failed, expired, or never`, false},
		"empty outcome":   {[]string{"-outcome=", "terraform"}, `invalid value "" for flag -outcome: must be completed, failed, expired, or never`, false},
		"no outcome":      {[]string{"-outcome"}, "flag needs an argument: -outcome", false},
		"unknown flag":    {[]string{"-x"}, "flag provided but not defined: -x", false},
		"help":            {[]string{"-help"}, "", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var output bytes.Buffer
			_, _, err := parse(test.arguments, &output)
			if err == nil || errors.Is(err, flag.ErrHelp) != test.help {
				t.Errorf("got the error %v", err)
			}
			for _, want := range []string{test.want, "Usage: fake-rebilly [-outcome status] [command [argument...]]"} {
				if !strings.Contains(output.String(), want) {
					t.Errorf("printed %q, which lacks %q", &output, want)
				}
			}
		})
	}
}

// do sends a request to api and returns the status code and the export in the
// response.
func do(t *testing.T, api http.Handler, method, path, body string) (status int, export map[string]any) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	request.Header.Set("REB-APIKEY", rebillytest.SecretKey)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	recorded := httptest.NewRecorder()
	api.ServeHTTP(recorded, request)
	if err := json.Unmarshal(recorded.Body.Bytes(), &export); err != nil {
		t.Fatal(err)
	}

	return recorded.Code, export
}

func TestNewAPI_outcome(t *testing.T) {
	t.Parallel()
	tests := map[string]string{"completed": "completed", "failed": "failed", "expired": "expired", "never": "processing"}
	for outcome, want := range tests {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			api := newAPI(outcomes[outcome])
			_, export := do(t, api, http.MethodPost, "/organization-exports", "{}")
			path := fmt.Sprintf("/organization-exports/%s", export["id"])
			for range 5 {
				_, export = do(t, api, http.MethodGet, path, "")
			}
			if export["status"] != want {
				t.Errorf("a requested export is %s after five reads, want %s", export["status"], want)
			}
			if _, export = do(t, api, http.MethodGet, "/organization-exports/"+rebillytest.ExportID, ""); export["status"] != "completed" {
				t.Errorf("the export from the start is %s, want completed", export["status"])
			}
		})
	}
}

func TestNewAPI_organizations(t *testing.T) {
	t.Parallel()
	api := newAPI(rebillytest.StatusCompleted)
	files := map[any]bool{}
	for path, want := range map[string]int{
		"/organization-exports/" + rebillytest.ExportID:                    200,
		"/organizations/org_acme/organization-exports/org_exp_acme_01":     200,
		"/organizations/org_globex/organization-exports/org_exp_globex_01": 200,
		"/organizations/org_globex/organization-exports/org_exp_acme_01":   404,
		"/organization-exports/org_exp_acme_01":                            404,
	} {
		status, export := do(t, api, http.MethodGet, path, "")
		if status != want {
			t.Errorf("%s: got %d, want %d", path, status, want)
		}
		if want != http.StatusOK {
			continue
		}
		if export["status"] != "completed" || files[export["fileId"]] {
			t.Errorf("%s is %s with the file %s, want a completed export with its own file", path, export["status"], export["fileId"])
		}
		files[export["fileId"]] = true
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		command []string
		status  int
		err     string
	}{
		"command that reads the export":    {[]string{binary, "child", "read the export"}, 0, ""},
		"command that downloads the file":  {[]string{binary, "child", "download the file"}, 0, ""},
		"command that fails":               {[]string{binary, "child", "fail"}, 3, ""},
		"command that sends invalid calls": {[]string{binary, "child", "read customers"}, 0, "GET /customers"},
		"command that does not exist":      {[]string{"/nonexistent/command"}, 0, "/nonexistent/command"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, err := run(newAPI(rebillytest.StatusCompleted), test.command)
			if status != test.status || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %d and the error %v, want %d and %q", status, err, test.status, test.err)
			}
		})
	}
}

func TestTerminate(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), binary, "child", "wait")
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = input.Close() }()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if err := terminate(command.Process); err != nil {
		t.Errorf("got the error %v", err)
	}
	if _, ok := errors.AsType[*exec.ExitError](command.Wait()); !ok {
		t.Errorf("the command ended with %v", command.ProcessState)
	}
}
