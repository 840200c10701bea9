package provider

import (
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// bothHosts is the API and its file host, without a network.
func bothHosts(api *rebillytest.API) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Host == faultFilesHost {
			api.Files().ServeHTTP(w, r)
		} else {
			api.ServeHTTP(w, r)
		}
	}
}

// Terraform does not validate the arguments of an action again when it knows the
// values of variables.
func TestActions_refuseInvalidArguments(t *testing.T) {
	t.Parallel()
	download := func(argument string, value any) values {
		arguments := values{"id": "x", "path": "x"}
		arguments[argument] = value

		return arguments
	}
	for name, test := range map[string]struct {
		action    string
		arguments values
		// path is the attribute of the error, and says what it says about the value.
		path, says string
	}{
		"URL as ID":              {action: downloadType, arguments: download("id", "https://x/y"), path: "id", says: "the value is a URL"},
		"empty path":             {action: downloadType, arguments: download("path", ""), path: "path", says: "does not name a file"},
		"home folder":            {action: downloadType, arguments: download("path", "~/x"), path: "path", says: `use pathexpand("~/x")`},
		"bucket":                 {action: downloadType, arguments: download("path", "s3:/bucket/x"), path: "path", says: `the guide "Get your data out"`},
		"folder":                 {action: downloadType, arguments: download("path", "x/"), path: "path", says: "does not name a file"},
		"organization":           {action: downloadType, arguments: download("organization_id", "a b"), path: "organization_id", says: "has the character"},
		"timeout":                {action: downloadType, arguments: download("timeouts", values{"invoke": "-5m"}), path: "timeouts.invoke", says: "leaves no time"},
		"requested organization": {action: requestType, arguments: values{"organization_id": "a b"}, path: "organization_id", says: "has the character"},
		"requested, no time":     {action: requestType, arguments: values{"organization_id": "x", "timeouts": values{"invoke": "0s"}}, path: "timeouts.invoke", says: "leaves no time"},
		"requested, no duration": {action: requestType, arguments: values{"organization_id": "x", "timeouts": values{"invoke": "soon"}}, path: "timeouts.invoke"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			terraform := configured(t, api, nil)
			_, invoked := terraform.invokeUnplanned(test.action, test.arguments, func(string) {})
			for _, diagnostics := range [][]*tfprotov6.Diagnostic{
				terraform.validateAction(test.action, test.arguments), terraform.planAction(test.action, test.arguments), invoked,
			} {
				mustFail(t, diagnostics, test.path, test.says)
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
	for name, arguments := range map[string]values{"no block": noBlock, "empty block": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			expectRequests(t, api, withoutFiles)
			terraform := configured(t, api, nil)
			mustSucceed(t, terraform.validateAction(requestType, arguments))
			if planned := terraform.planAction(requestType, arguments); name == "no block" {
				mustSucceed(t, planned)
			} else {
				mustWarn(t, planned, "", "Organization Not in the Plan")
			}
			_, diagnostics := terraform.invokeUnplanned(requestType, arguments, func(string) {})
			mustSucceed(t, diagnostics)
		})
	}
}

// A plan must not name an environment that is not the one of the apply.
func TestRequestOrganizationExportAction_unknownEnvironment(t *testing.T) {
	t.Parallel()
	for _, argument := range []string{"environment", "base_url"} {
		terraform := configured(t, rebillytest.NewFor(t), values{argument: unknown})
		mustWarn(t, terraform.planAction(requestType, values{}), "", "Organization Not in the Plan", "Environment: known after apply ("+argument)
	}
}

// Terraform looks up the place of a diagnostic in the config block, and crashes if
// there is none. It reports missing arguments itself.
func TestActions_requiredArguments(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]values{"no block": noBlock, "null id": {"path": "x"}, "null path": {"id": exportID}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hasBlock := name != "no block"
			api := rebillytest.NewFor(t)
			terraform := configured(t, api, nil)
			validated, planned := terraform.validateAction(downloadType, arguments), terraform.planAction(downloadType, arguments)
			_, invoked := terraform.invokeUnplanned(downloadType, arguments, func(string) {})
			if hasError(validated) != hasBlock || hasError(planned) != hasBlock || !hasError(invoked) || (invoked[0].Attribute != nil) != hasBlock {
				t.Errorf("got %q, %q, and %q", messages(validated), messages(planned), messages(invoked))
			}
			mustHaveSent(t, api, 0)
		})
	}
}

func TestActions_timeouts(t *testing.T) {
	t.Parallel()
	slow := func(api *rebillytest.API) { api.Fail(slowPOST(api)) }
	busy := func(api *rebillytest.API) { api.FailAlways(rebillytest.RateLimited(time.Time{})) }
	hangingFile := func(api *rebillytest.API) {
		api.FailFilesAlways(rebillytest.HandleFile(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	}
	refusedLink := func(api *rebillytest.API) {
		api.FailFilesAlways(rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
			api.FailAlways(rebillytest.Hang())
			w.WriteHeader(http.StatusForbidden)
		}))
	}
	tenSeconds := values{"invoke": "10s"}
	for name, test := range map[string]struct {
		action    string
		arguments values
		prepare   func(*rebillytest.API)
		summary   string
		took      time.Duration
	}{
		"request, default":   {action: requestType, summary: "Timed Out Waiting for Export", took: time.Hour},
		"request, slow POST": {action: requestType, arguments: values{"timeouts": tenSeconds}, prepare: slow, summary: "Timed Out Waiting for Export", took: 25 * time.Second},
		"request, no POST":   {action: requestType, arguments: values{"timeouts": tenSeconds}, prepare: busy, summary: "Operation Timed Out", took: 10 * time.Second},
		"download, default":  {action: downloadType, arguments: values{"id": "x", "wait_for_completion": true}, summary: "Timed Out Waiting for Export", took: time.Hour},
		"download, the file": {action: downloadType, arguments: values{"timeouts": tenSeconds}, prepare: hangingFile, summary: "Operation Timed Out", took: 10 * time.Second},
		"download, new link": {action: downloadType, arguments: values{"timeouts": tenSeconds}, prepare: refusedLink, summary: "Operation Timed Out", took: 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x", rebillytest.Created), rebillytest.Stage{Status: rebillytest.StatusQueued})
				api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusQueued})
				if test.prepare != nil {
					test.prepare(api)
				}
				arguments := values{}
				if test.action == downloadType {
					arguments = values{"id": exportID, "path": filepath.Join(t.TempDir(), "export.zip")}
				}
				maps.Copy(arguments, test.arguments)
				terraform := patient(t, bothHosts(api), values{"max_retries": 100})
				start := time.Now()
				progress, diagnostics := terraform.invoke(test.action, arguments)
				took(t, start, test.took)
				mustFail(t, diagnostics, "", test.summary)
				// Polls are at most 30 seconds apart.
				if least := int(test.took/time.Minute) * 2; len(progress) < least || least > 0 && !strings.Contains(progress[1], " is still queued after ") {
					t.Errorf("got %d messages, want at least %d: %.200q", len(progress), least, progress)
				}
			})
		})
	}
}

func TestActions_organization(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		provider, action any
		want             string
	}{
		{},
		{provider: "org_acme", want: "/organizations/org_acme"},
		{provider: "org_acme", action: "org_globex", want: "/organizations/org_globex"},
	} {
		api := rebillytest.NewFor(t)
		terraform := configured(t, bothHosts(api), values{"organization_id": test.provider})
		arguments := values{"organization_id": test.action}
		_, diagnostics := terraform.invoke(requestType, arguments)
		mustSucceed(t, diagnostics)
		for _, organization := range []string{"org_acme", "org_globex"} {
			api.Add(organization, rebillytest.Completed(exportID, rebillytest.Created))
		}
		mustSucceed(t, download(terraform, t.TempDir(), exportID, arguments))
		for _, request := range api.Requests() {
			if prefix, _, _ := strings.Cut(strings.Replace(request.Path, "/files/", "/organization-exports/", 1), "/organization-exports"); prefix != test.want {
				t.Errorf("%s %s has the wrong organization", request.Method, request.Path)
			}
		}
	}
}

// Rebilly may add statuses. Their text must not harm a terminal.
func TestActions_showNoHarmfulStatus(t *testing.T) {
	t.Parallel()
	const harmful = `Error: forged ` + rebillytest.SecretKey + ` https://files.example.com/?s=` + rebillytest.SignedLinkSecret
	const harmless = "Error: forged *** https://files.example.com/***"
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, nil)
	api.FailAlways(rebillytest.JSON(`{"id":"x","status":"` + harmful + `"}`))
	progress, diagnostics := terraform.invoke(requestType, values{"wait_for_completion": false})
	mustSucceed(t, diagnostics)
	mustEqual(t, "the progress", []string{"Requested export x; its status is " + harmless + "."}, progress)
	diagnostics = download(terraform, t.TempDir(), "x", nil)
	mustFail(t, diagnostics, "", "Export Not Completed", harmless)
	checkHarmless(t, diagnostics)

	api.FailAlways(rebillytest.JSON(`[{"id":"x","status":"` + harmful + `"}]`))
	results, diagnostics := terraform.list(query{limit: 10})
	mustSucceed(t, diagnostics)
	if len(results) != 1 || results[0].name != harmless {
		t.Errorf("got %v", results)
	}
}
