package rebillytest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestAPI_failThenSucceed(t *testing.T) {
	t.Parallel()
	api := NewFor(t)
	api.Fail(Problem(503, "Service Unavailable", ""), RateLimited(Created), JSON(`{"status":"archived"}`), Redirect(302, "/elsewhere"))
	for _, want := range []int{503, 429, 200, 302, 200} {
		if got := get(t, api, "/organization-exports/"+ExportID); got.status != want {
			t.Errorf("got %d %s, want %d", got.status, got.body, want)
		}
	}
	if got := len(api.Requests()); got != 5 {
		t.Errorf("recorded %d requests, want 5", got)
	}
}

func TestFault_notFound(t *testing.T) {
	t.Parallel()
	for body, fault := range map[string]Fault{
		`"status":404`:           Problem(404, "Not Found", "Resource not found"),
		"<center>nginx</center>": NotFoundHTML(),
		`{"message":"no Route matched with those values"}`: NotFoundMessage(),
	} {
		api := NewFor(t)
		api.FailAlways(fault)
		got := get(t, api, "/organization-exports/"+ExportID)
		isHTML := got.header.Get("Content-Type") == "text/html"
		if got.status != http.StatusNotFound || isHTML != strings.HasPrefix(body, "<") || !strings.Contains(got.body, body) {
			t.Errorf("got %d, %s, %s", got.status, got.header.Get("Content-Type"), got.body)
		}
	}
}

func TestHangAfterActing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before bool // whether release is closed before the request
		end    func(release chan struct{}, cancel func())
		want   error
	}{
		"released by a close": {end: func(release chan struct{}, _ func()) { close(release) }},
		"released by a value": {end: func(release chan struct{}, _ func()) { release <- struct{}{} }},
		"released before":     {before: true, end: func(chan struct{}, func()) {}},
		"the client gives up": {end: func(_ chan struct{}, cancel func()) { cancel() }, want: context.Canceled},
	}
	for name, test := range tests {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		api := NewFor(t)
		api.Remove(DefaultOrganization, ExportID)
		started, release := make(chan struct{}), make(chan struct{})
		api.Fail(HangAfterActing(api, started, release))
		if test.before {
			close(release)
		}
		var got received
		done := make(chan error)
		go func() {
			var err error
			got, err = roundTrip(ctx, api, http.MethodPost, "http://127.0.0.1/organization-exports", "{}",
				"REB-APIKEY", SecretKey, "Content-Type", "application/json")
			done <- err
		}()
		<-started
		test.end(release, cancel)
		err := <-done
		listed := get(t, api, "/organization-exports")
		if !errors.Is(err, test.want) || listed.header.Get("Pagination-Total") != "1" {
			t.Errorf("%s: got the error %v and the exports %s", name, err, listed.body)
		}
		if err == nil && (got.status != http.StatusCreated || !strings.Contains(listed.body, got.export(t).text("id"))) {
			t.Errorf("%s: got %v, want the export of %s", name, got, listed.body)
		}
	}
}
