package provider

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestRequestAction_progress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		expectRequests(t, api, withFiles)
		progress, diagnostics := patient(t, api, nil).invoke(requestType, values{"include_files": true})
		mustSucceed(t, diagnostics)
		// Polls follow after 2 seconds, 3 to 4, and 6 to 8.
		want := regexp.MustCompile(`^Requested export org_exp_\w+; its status is queued\.\nExport \S+ is processing after [56]s\.\nExport \S+ is completed after 1[1-4]s\.$`)
		if got := strings.Join(progress, "\n"); !want.MatchString(got) {
			t.Errorf("got %s", got)
		}
	})
}

// The first message has the ID, and the error says what became of the export.
func TestRequestAction_errors(t *testing.T) {
	t.Parallel()
	for summary, prepare := range map[string]func(*rebillytest.API){
		"Export Failed": func(api *rebillytest.API) { api.SetLifeCycle(rebillytest.LifeCycleTo(rebillytest.StatusFailed)...) },
		"Permission Denied": func(api *rebillytest.API) {
			api.Fail(rebillytest.CutBodyAfterActing(api), rebillytest.Problem(403, "Forbidden", ""))
		},
	} {
		api := rebillytest.NewFor(t)
		prepare(api)
		expectRequests(t, api, withoutFiles)
		progress, diagnostics := configured(t, api, nil).invoke(requestType, values{})
		mustFail(t, diagnostics, "", summary, `the requested export "org_exp_`)
		if len(progress) == 0 || !strings.HasPrefix(progress[0], "Requested export org_exp_") {
			t.Errorf("got the progress %q", progress)
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
	go func() {
		defer close(release)
		<-started
		if opts.requests.lock.TryLock() {
			opts.requests.lock.Unlock()
			t.Error("the process may exit")
		}
	}()
	_, diagnostics := configuredWith(t, opts, nil).invoke(requestType, values{})
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
	mustHaveSent(t, api, 0, "POST "+exportsPath(""))
	checkHarmlessLog(t, log.String())
}
