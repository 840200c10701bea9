package provider

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestRequestAction_elapsedTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		progress, diagnostics := patient(t, rebillytest.NewFor(t), values{}).invoke(requestType, values{})
		mustSucceed(t, diagnostics)
		// Polls follow after 2 seconds, 3 to 4, and 6 to 8.
		want := regexp.MustCompile(`^Requested export \S+; its status is queued\.\nExport \S+ is processing after [56]s\.\nExport \S+ is completed after 1[1-4]s\.$`)
		if got := strings.Join(progress, "\n"); !want.MatchString(got) {
			t.Errorf("got %s", got)
		}
	})
}

func TestRequestAction_timeouts(t *testing.T) {
	t.Parallel()
	invoke := func(duration string) values { return values{"timeouts": values{"invoke": duration}} }
	tests := map[string]struct {
		arguments values
		// post is how long the response to the POST takes.
		post   time.Duration
		faults []rebillytest.Fault
		want   []string
		took   time.Duration
	}{
		"default":             {values{}, 0, nil, []string{"Timed Out Waiting for Export", "it was still queued after 1h0m0s"}, time.Hour},
		"wait":                {invoke("10s"), 0, nil, []string{"Timed Out Waiting for Export", `raise "invoke" in the timeouts block`}, 10 * time.Second},
		"does not end a POST": {invoke("10s"), 25 * time.Second, nil, []string{"Timed Out Waiting for Export"}, 25 * time.Second},
		"before the POST got through": {
			invoke("5s"), 0, slices.Repeat([]rebillytest.Fault{rebillytest.RateLimited(time.Time{})}, 5), []string{"Operation Timed Out", `Raise "invoke" in the timeouts block`}, 5 * time.Second,
		},
		"delay beyond the end": {invoke("10s"), 0, []rebillytest.Fault{retryAfterSeconds("60")}, []string{"Rate Limit Exceeded", "Longest delay allowed: 10s"}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusQueued})
				api.Fail(test.faults...)
				if test.post > 0 {
					started, release := make(chan struct{}), make(chan struct{})
					api.Fail(rebillytest.HangAfterActing(api, started, release))
					go func() {
						<-started
						<-time.After(test.post)
						close(release)
					}()
				}
				start := time.Now()
				progress, diagnostics := patient(t, api, values{}).invoke(requestType, test.arguments)
				if took := time.Since(start); took != test.took {
					t.Errorf("it took %s, want %s", took, test.took)
				}
				mustFail(t, diagnostics, "", test.want...)
				requested := test.faults == nil
				for _, message := range progress[min(1, len(progress)):] {
					if !strings.Contains(message, " is still queued after ") {
						t.Errorf("got the message %q", message)
					}
				}
				// Polls are at most 30 seconds apart.
				if least := int(test.took/time.Minute) * 2; len(progress) < least {
					t.Errorf("%d messages were sent, want at least %d", len(progress), least)
				}
				if got := len(progress) > 0 && strings.HasPrefix(progress[0], "Requested export org_exp_"); got != requested {
					t.Errorf("got the progress %q", progress)
				}
				if got := strings.Contains(messages(diagnostics), "was requested, and Rebilly continues with it"); got != requested {
					t.Errorf("it says that the export was requested: %t", got)
				}
			})
		})
	}
}

func TestRequestAction_interruptions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		before bool
		posts  int
		says   string
	}{
		"before the POST": {true, 0, "Could not request an export: Terraform was interrupted."},
		"while it waits":  {false, 1, "terraform import rebilly_organization_export.NAME org_acme/org_exp_"},
	} {
		for _, process := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := rebillytest.NewFor(t)
					ctx, interrupt := context.WithCancel(t.Context())
					defer interrupt()
					opts := inMemory(api, nil)
					opts.pollWait = time.Second
					if process {
						opts.interrupted = ctx
					}
					terraform := startProvider(t, opts)
					mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey, "organization_id": "org_acme"}))
					if !process {
						terraform.ctx = ctx
					}
					if want.before {
						interrupt()
					}
					progress, diagnostics := terraform.invokeWith(requestType, values{}, func(string) { interrupt() })
					mustFail(t, diagnostics, "", "Interrupted", want.says)
					if posts := countPOSTs(api); posts != want.posts || len(progress) != want.posts {
						t.Errorf("%d exports were requested, with the progress %q", posts, progress)
					}
				})
			})
		}
	}
}

// The process does not exit while the POST is under way.
func TestRequestAction_holdsTheProcess(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	started, release := make(chan struct{}), make(chan struct{})
	api.Fail(rebillytest.HangAfterActing(api, started, release))
	opts := inMemory(api, nil)
	opts.requests = new(inFlight)
	terraform := startProvider(t, opts)
	mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey}))
	go func() {
		defer close(release)
		<-started
		if opts.requests.lock.TryLock() {
			opts.requests.lock.Unlock()
			t.Error("the process may exit")
		}
	}()
	_, diagnostics := terraform.invoke(requestType, values{})
	mustSucceed(t, diagnostics)
	opts.requests.wait()
}

// The log has the ID, also if the process is killed before the first progress
// message is sent.
func TestRequestAction_logsTheID(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, nil)
	terraform.ctx = tflogtest.RootLogger(t.Context(), &log)
	logged := false
	progress, diagnostics := terraform.invokeWith(requestType, values{"wait_for_completion": false}, func(message string) {
		id := regexp.MustCompile(`org_exp_\w+`).FindString(message)
		logged = strings.Contains(log.String(), `"@level":"info","@message":"Requested an organization export","@module":"provider","id":"`+id+`"`)
	})
	mustSucceed(t, diagnostics)
	if len(progress) != 1 || !logged {
		t.Errorf("the log is %s", log.String())
	}
	checkHarmlessLog(t, log.String())
}

func TestActions_organization(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		provider, action values
		want             string
	}{
		"none":       {nil, values{}, ""},
		"provider's": {values{"organization_id": "org_acme"}, values{}, "/organizations/org_acme"},
		"action's":   {values{"organization_id": "org_acme"}, values{"organization_id": "org_globex"}, "/organizations/org_globex"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			terraform := configured(t, bothHosts(api), test.provider)
			_, diagnostics := terraform.invoke(requestType, test.action)
			mustSucceed(t, diagnostics)
			for _, organization := range []string{"org_acme", "org_globex"} {
				api.Add(organization, rebillytest.Completed(exportID, rebillytest.Created))
			}
			mustSucceed(t, download(terraform, t.TempDir(), exportID, test.action))
			for _, request := range api.Requests() {
				if prefix, _, _ := strings.Cut(strings.Replace(request.Path, "/files/", "/organization-exports/", 1), "/organization-exports"); prefix != test.want {
					t.Errorf("%s %s has the wrong organization", request.Method, request.Path)
				}
			}
		})
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
	if want := "Requested export x; its status is " + harmless + "."; len(progress) != 1 || progress[0] != want {
		t.Errorf("got the progress %q", progress)
	}
	diagnostics = download(terraform, t.TempDir(), "x", nil)
	mustFail(t, diagnostics, "", "Export Not Completed", "its status is "+harmless)
	checkHarmless(t, diagnostics)

	api.FailAlways(rebillytest.JSON(`[{"id":"x","status":"` + harmful + `"}]`))
	results, diagnostics := terraform.list(query{limit: 10})
	mustSucceed(t, diagnostics)
	if len(results) != 1 || results[0].name != harmless {
		t.Errorf("got %v", results)
	}
}
