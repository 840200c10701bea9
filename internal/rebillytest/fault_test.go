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
	api := New()
	api.Add(DefaultOrganization, Completed("x", Created))
	api.Fail(Problem(503, "Service Unavailable", ""), RateLimited(Created), JSON(`{"status":"archived"}`), Redirect(302, "/elsewhere"))
	for _, want := range []int{503, 429, 200, 302, 200} {
		if got := get(t, api, "/organization-exports/x"); got.status != want {
			t.Errorf("got %d %s, want %d", got.status, got.body, want)
		}
	}
	expectNoViolations(t, api)
	if got := len(api.Requests()); got != 5 {
		t.Errorf("recorded %d requests, want 5", got)
	}
}

func TestFault_notFound(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault       Fault
		contentType string
		body        string
	}{
		"problem": {Problem(404, "Not Found", "Resource not found"), "application/json", `"status":404`},
		"HTML":    {NotFoundHTML(), "text/html", "<center>nginx</center>"},
		"message": {NotFoundMessage(), "application/json", `{"message":"no Route matched with those values"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := New()
			api.Add(DefaultOrganization, Completed("x", Created))
			api.FailAlways(test.fault)
			got := get(t, api, "/organization-exports/x")
			if got.status != http.StatusNotFound || got.header.Get("Content-Type") != test.contentType || !strings.Contains(got.body, test.body) {
				t.Errorf("got %d, %s, %s", got.status, got.header.Get("Content-Type"), got.body)
			}
			expectNoViolations(t, api)
		})
	}
}

func TestHangAfterActing(t *testing.T) {
	t.Parallel()
	canceled := func(_ chan struct{}, cancel func()) { cancel() }
	tests := map[string]struct {
		before  func(release chan struct{}, cancel func()) // before the request
		started bool                                       // whether the test receives from started
		after   func(release chan struct{}, cancel func()) // after started
		want    error
	}{
		"released by a close": {started: true, after: func(release chan struct{}, _ func()) { close(release) }},
		"released by a value": {started: true, after: func(release chan struct{}, _ func()) { release <- struct{}{} }},
		"released before":     {before: func(release chan struct{}, _ func()) { close(release) }, started: true},
		"the client gives up": {started: true, after: canceled, want: context.Canceled},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			api := New()
			started, release := make(chan struct{}), make(chan struct{})
			api.Fail(HangAfterActing(api, started, release))
			if test.before != nil {
				test.before(release, cancel)
			}
			var got received
			var err error
			done := make(chan struct{})
			go func() {
				defer close(done)
				got, err = sendWith(ctx, api, http.MethodPost, "/organization-exports", "{}")
			}()
			if test.started {
				<-started
			}
			if test.after != nil {
				select {
				case <-done:
					t.Error("the response was not held")
				default:
				}
				test.after(release, cancel)
			}
			<-done
			if !errors.Is(err, test.want) {
				t.Errorf("got the error %v, want %v", err, test.want)
			}
			listed := get(t, api, "/organization-exports")
			if listed.header.Get("Pagination-Total") != "1" {
				t.Errorf("the request was not carried out: %s", listed.body)
			}
			if err == nil {
				id := got.export(t).text("id")
				if got.status != http.StatusCreated || !strings.HasSuffix(got.header.Get("Location"), id) || !strings.Contains(listed.body, `"id":"`+id+`"`) {
					t.Errorf("got %v, want the export of %s", got, listed.body)
				}
			}
			expectNoViolations(t, api)
		})
	}
}
