package provider

import (
	"context"
	"crypto/sha1" //nolint:gosec // The API has no other hash.
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// withFileHost returns a provider that reaches api and its file host over loopback.
func withFileHost(t *testing.T, api *rebillytest.API) protocol {
	t.Helper()
	api.ServeFiles(t)
	address, opts := overLoopback(t, api)
	terraform := startProvider(t, opts)
	mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey, "base_url": address}))

	return terraform
}

func countPOSTs(api *rebillytest.API) (posts int) {
	for _, request := range api.Requests() {
		if request.Method == http.MethodPost {
			posts++
		}
	}

	return posts
}

func TestRequestAction_progress(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	progress, diagnostics := configured(t, api, values{"organization_id": "org_acme"}).invoke(requestType, values{"include_files": true})
	mustSucceed(t, diagnostics)
	want := []string{
		`^Requested export org_exp_\w+; its status is queued\.$`,
		`^Export org_exp_\w+ is processing after 0s\.$`,
		`^Export org_exp_\w+ is completed after 0s\.$`,
	}
	if len(progress) != len(want) {
		t.Fatalf("got %q", progress)
	}
	for i, pattern := range want {
		if !regexp.MustCompile(pattern).MatchString(progress[i]) {
			t.Errorf("got %q, want %s", progress[i], pattern)
		}
	}
	if first := api.Requests()[0]; first.Path != "/organizations/org_acme/organization-exports" || first.Body != `{"includeFiles":true}` {
		t.Errorf("got %s %s", first.Path, first.Body)
	}
}

func TestRequestAction_withoutWaiting(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	progress, diagnostics := configured(t, api, nil).invoke(requestType, values{"wait_for_completion": false})
	mustSucceed(t, diagnostics)
	if len(progress) != 1 || len(api.Requests()) != 1 {
		t.Errorf("got %q by %d requests", progress, len(api.Requests()))
	}
}

func TestRequestAction_errors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(*rebillytest.API)
		want    []string
		// says is what the user must hear besides.
		says string
	}{
		"failed": {
			func(api *rebillytest.API) { api.SetLifeCycle(rebillytest.LifeCycleTo(rebillytest.StatusFailed)...) },
			[]string{"Export Failed", "Waited: queued "},
			"Invoking the action again requests a new export.",
		},
		"response lost": {
			func(api *rebillytest.API) { api.Fail(rebillytest.CutAfterActing(api)) },
			[]string{"Connection Failed"},
			"Rebilly may have received the request",
		},
		"body lost, export not readable": {
			func(api *rebillytest.API) {
				api.Fail(rebillytest.CutBodyAfterActing(api), rebillytest.Problem(403, "Forbidden", ""))
			},
			[]string{"Permission Denied"},
			"was requested, and Rebilly continues with it",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			test.prepare(api)
			progress, diagnostics := configured(t, api, nil).invoke(requestType, values{})
			mustFail(t, diagnostics, "", append(test.want, test.says)...)
			known := len(progress) > 0 && strings.HasPrefix(progress[0], "Requested export org_exp_")
			if known == strings.Contains(test.says, "may have received") {
				t.Errorf("got the progress %q", progress)
			}
			if posts := countPOSTs(api); posts != 1 {
				t.Errorf("%d exports were requested", posts)
			}
		})
	}
}

// The error has the ID, because a progress message would crash Terraform.
func TestRequestAction_interruptedWhileThePOSTIsUnderWay(t *testing.T) {
	t.Parallel()
	for _, wait := range []bool{true, false} {
		api := rebillytest.NewFor(t)
		started, release := make(chan struct{}), make(chan struct{})
		api.Fail(rebillytest.HangAfterActing(api, started, release))
		terraform := withFileHost(t, api)
		var cancel context.CancelFunc
		terraform.ctx, cancel = context.WithCancel(t.Context())
		go func() {
			<-started
			cancel()
			close(release)
		}()
		progress, diagnostics := terraform.invoke(requestType, values{"wait_for_completion": wait})
		mustFail(t, diagnostics, "", "Interrupted", `the requested export "org_exp_`)
		if len(progress) > 0 || countPOSTs(api) != 1 {
			t.Errorf("got %q", progress)
		}
	}
}

func TestActions_validate(t *testing.T) {
	t.Parallel()
	terraform := configured(t, rebillytest.NewFor(t), nil)
	invoke := func(duration string) tftypes.Value {
		return tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"invoke": tftypes.String}},
			map[string]tftypes.Value{"invoke": tftypes.NewValue(tftypes.String, duration)})
	}
	mustFail(t, terraform.validateAction(requestType, values{"timeouts": invoke("0s")}), "timeouts.invoke", "leaves no time")
	mustFail(t, terraform.validateAction(downloadType, values{"id": "x", "path": "x", "timeouts": invoke("-5m")}), "timeouts.invoke", "leaves no time")
	mustFail(t, terraform.validateAction(requestType, values{"organization_id": "a b"}), "organization_id", "a character that Rebilly's IDs do not have")
	mustFail(t, terraform.validateAction(downloadType, values{"id": "a b", "path": "x"}), "id", "a character that Rebilly's IDs do not have")
	mustFail(t, terraform.validateAction(downloadType, values{"id": "x", "path": ""}), "path")
}

func TestDownloadAction_verifiedFile(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	terraform := withFileHost(t, api)
	target := filepath.Join(t.TempDir(), "a", "b", "export.zip")
	progress, diagnostics := terraform.invoke(downloadType, values{"id": exportID, "path": target})
	mustSucceed(t, diagnostics)
	content, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(content) //nolint:gosec // The API has no other hash.
	if last := progress[len(progress)-1]; !strings.HasPrefix(last, "Saved export "+exportID) || !strings.Contains(last, hex.EncodeToString(sum[:])) {
		t.Errorf("it says %q", last)
	}
	for _, request := range api.FileRequests() {
		if request.Header.Get("REB-APIKEY") != "" || request.Header.Get("Authorization") != "" {
			t.Error("the file host got the credential")
		}
	}

	downloads := len(api.FileRequests())
	progress, diagnostics = terraform.invoke(downloadType, values{"id": exportID, "path": target})
	mustSucceed(t, diagnostics)
	if len(progress) != 1 || !strings.Contains(progress[0], "Nothing was downloaded.") || len(api.FileRequests()) != downloads {
		t.Errorf("the second time, it says %q after %d requests", progress, len(api.FileRequests())-downloads)
	}
}

func TestDownloadAction_progress(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetFileSize(4 << 20)
	api.ServeFiles(t)
	address, opts := overLoopback(t, api)
	opts.progressInterval = time.Nanosecond
	terraform := startProvider(t, opts)
	mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey, "base_url": address}))
	progress, diagnostics := terraform.invoke(downloadType, values{"id": exportID, "path": filepath.Join(t.TempDir(), "x")})
	mustSucceed(t, diagnostics)
	if len(progress) < 2 || !regexp.MustCompile(`^Downloaded [\d.]+ \w+ of 4\.2 MB \(\d+%\), [\d.]+ \w+/s\.$`).MatchString(progress[0]) {
		t.Errorf("got %q", progress)
	}
}

func TestDownloadAction_keepsTheFileIfItFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(*rebillytest.API)
		want    []string
	}{
		"corrupt":           {func(api *rebillytest.API) { api.FailFilesAlways(rebillytest.CorruptFile(10)) }, []string{"Download Failed", "SHA-1"}},
		"other size":        {func(api *rebillytest.API) { api.FailFilesAlways(rebillytest.ResizeFile(1)) }, []string{"Download Failed"}},
		"links are refused": {func(api *rebillytest.API) { api.FailFilesAlways(rebillytest.RefuseLink()) }, []string{"Download Failed", "403"}},
		"not completed": {func(api *rebillytest.API) {
			api.Add(rebillytest.DefaultOrganization, rebillytest.Queued(exportID, rebillytest.Created))
		}, []string{"Export Not Completed", "its status is queued", "wait_for_completion"}},
		"export not found":        {func(api *rebillytest.API) { api.Remove(rebillytest.DefaultOrganization, exportID) }, []string{"Export Not Found"}},
		"host of files redirects": {func(api *rebillytest.API) { api.FailFilesAlways(rebillytest.RedirectFile(302, "ftp://x.example.com/")) }, []string{"Download Failed"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			terraform := withFileHost(t, api)
			test.prepare(api)
			folder := t.TempDir()
			target := filepath.Join(folder, "export.zip")
			if err := os.WriteFile(target, []byte("before"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, diagnostics := terraform.invoke(downloadType, values{"id": exportID, "path": target})
			mustFail(t, diagnostics, "", append(test.want, "Nothing was written to the path.")...)
			content, err := os.ReadFile(target)
			if err != nil || string(content) != "before" {
				t.Errorf("the file has %q, %v", content, err)
			}
			if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
				t.Errorf("the folder has %v, %v", entries, err)
			}
		})
	}
}

func TestDownloadAction_waitsAndRenewsTheLink(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewWaitingFor(t, rebillytest.StatusCompleted)
	terraform := withFileHost(t, api)
	api.FailFiles(rebillytest.RefuseLink())
	target := filepath.Join(t.TempDir(), "x")
	progress, diagnostics := terraform.invoke(downloadType, values{"id": "x", "path": target, "wait_for_completion": true})
	mustSucceed(t, diagnostics)
	if progress[0] != "The status of export x is pending." || !strings.HasPrefix(progress[1], "Export x is queued after ") || len(api.FileRequests()) != 2 {
		t.Errorf("got %q after %d requests for the file", progress, len(api.FileRequests()))
	}
}

// Terraform does not validate the arguments of an action again when it knows the
// values of variables.
func TestActions_refuseInvalidArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		action    string
		arguments values
		argument  string
		says      string
	}{
		"URL as ID":            {downloadType, values{"id": "https://x/y", "path": "x"}, `AttributeName("id")`, "the value is a URL"},
		"empty path":           {downloadType, values{"id": "x", "path": ""}, `AttributeName("path")`, "does not name a file"},
		"home folder":          {downloadType, values{"id": "x", "path": "~/x"}, `AttributeName("path")`, `use pathexpand("~/x")`},
		"bucket":               {downloadType, values{"id": "x", "path": "s3:/bucket/x"}, `AttributeName("path")`, `the guide "Get your data out"`},
		"folder":               {downloadType, values{"id": "x", "path": "x/"}, `AttributeName("path")`, "does not name a file"},
		"organization":         {downloadType, values{"id": "x", "path": "x", "organization_id": "a b"}, `AttributeName("organization_id")`, "has a character"},
		"timeout":              {downloadType, values{"id": "x", "path": "x", "timeouts": values{"invoke": "5"}}, `AttributeName("timeouts").AttributeName("invoke")`, "is not a duration"},
		"requested":            {requestType, values{"organization_id": "a b"}, `AttributeName("organization_id")`, "has a character"},
		"requested, no time":   {requestType, values{"organization_id": "x", "timeouts": values{"invoke": "0s"}}, `AttributeName("timeouts").AttributeName("invoke")`, "leaves no time"},
		"requested, no number": {requestType, values{"organization_id": "x", "timeouts": values{"invoke": "soon"}}, `AttributeName("timeouts").AttributeName("invoke")`, "is not a duration"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			terraform := configured(t, api, nil)
			planned := terraform.planAction(test.action, test.arguments)
			_, invoked := terraform.invokeUnplanned(test.action, test.arguments, func(string) {})
			for _, diagnostics := range [][]*tfprotov6.Diagnostic{planned, invoked} {
				if len(diagnostics) != 1 || diagnostics[0].Summary != "Invalid Argument Value" ||
					diagnostics[0].Attribute.String() != test.argument || !strings.Contains(diagnostics[0].Detail, test.says) {
					t.Errorf("got %s", messages(diagnostics))
				}
			}
			mustHaveSent(t, api, 0)
		})
	}
	unknowns := values{"id": unknown, "path": unknown, "organization_id": unknown}
	mustSucceed(t, configured(t, rebillytest.NewFor(t), nil).planAction(downloadType, unknowns))
}

// Nothing is required of a request, so its config block can be left out.
func TestActions_withoutConfiguration(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]values{"no block": noBlock, "empty block": {}, "nulls": {"organization_id": nil, "include_files": nil, "wait_for_completion": nil, "timeouts": nil}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			terraform := configured(t, api, nil)
			mustSucceed(t, terraform.validateAction(requestType, arguments))
			if planned := terraform.planAction(requestType, arguments); name == "no block" {
				mustSucceed(t, planned)
			} else {
				mustWarn(t, planned, "", "Organization Not in the Plan")
			}
			_, diagnostics := terraform.invokeUnplanned(requestType, arguments, func(string) {})
			mustSucceed(t, diagnostics)
			expectRequests(t, api, withoutFiles)
		})
	}
}

// Terraform looks up the place of a diagnostic in the config block, and crashes if
// there is none. It reports missing arguments itself.
func TestActions_requiredArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments values
		hasBlock  bool
	}{
		"no block":  {arguments: noBlock},
		"null id":   {arguments: values{"path": "x"}, hasBlock: true},
		"null path": {arguments: values{"id": exportID}, hasBlock: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			terraform := configured(t, api, nil)
			for _, diagnostics := range [][]*tfprotov6.Diagnostic{
				terraform.validateAction(downloadType, test.arguments), terraform.planAction(downloadType, test.arguments),
			} {
				if hasError(diagnostics) != test.hasBlock {
					t.Errorf("got %q", messages(diagnostics))
				}
			}
			_, invoked := terraform.invokeUnplanned(downloadType, test.arguments, func(string) {})
			if !hasError(invoked) || (invoked[0].Attribute != nil) != test.hasBlock {
				t.Errorf("got %q", messages(invoked))
			}
			mustHaveSent(t, api, 0)
		})
	}
}
