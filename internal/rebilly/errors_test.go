package rebilly

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// problemFrom returns the problem that a client reads from the response of
// fault.
func problemFrom(t *testing.T, fault rebillytest.Fault) *Problem {
	t.Helper()
	api := rebillytest.NewFor(t)
	api.Fail(fault)
	_, err := newTestClient(t, api, maxRetries(0)).GetOrganizationExport(t.Context(), "", exportID)
	problem, ok := errors.AsType[*Problem](err)
	if !ok {
		t.Fatalf("got %v, want a Problem", err)
	}
	mustNotShow(t, "the problem", err.Error()+problem.Instance+problem.RequestID)

	return problem
}

func TestProblem_details(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := problemFrom(t, rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Request-Id", "req_1 "+rebillytest.SecretKey)
			w.Header().Set("X-RateLimit-Retry-After", "1900000000")
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = w.Write([]byte(`{"type":"https://example.com","title":"Validation failed","status":400,"detail":"Look again.","instance":"/problems/7",
				"invalidFields":[{"field":"includeFiles","message":"must be a boolean"},{"field":"` + rebillytest.SecretKey + `","message":"` + rebillytest.SecretKey + `"}],"other":{}}`))
		}))
		want := &Problem{
			Status:          http.StatusUnprocessableEntity,
			Title:           "Validation failed",
			Detail:          "Look again.",
			Instance:        "/problems/7",
			InvalidFields:   []InvalidField{{Field: "includeFiles", Message: "must be a boolean"}, {Field: "***", Message: "***"}},
			RequestID:       "req_1 ***",
			RetryAt:         time.Unix(1900000000, 0),
			ResponseTime:    time.Now(),
			IsProblemObject: true,
			Attempts:        1,
		}
		if difference := cmp.Diff(want, got); difference != "" {
			t.Errorf("the problem differs (-want +got):\n%s", difference)
		}
	})
}

func TestProblem_fromAnyBody(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ body, title, detail string }{
		{"", "Not Found", ""},
		{`{"title":7,"detail":{"a":1},"status":"404","invalidFields":"no"}`, "Not Found", ""},
		{`["https://files.example.com/` + rebillytest.SignedLinkSecret + `"]`, "Not Found", "the response is not a problem object but a JSON array"},
		{`{"title":"No","detail":"` + strings.Repeat("x", 5000) + `"}`, "No", strings.Repeat("x", 1000) + "…"},
	} {
		problem := problemFrom(t, rebillytest.Respond(http.StatusNotFound, "application/json", test.body))
		if problem.Title != test.title || problem.Detail != test.detail {
			t.Errorf("got %q and %q, want %q and %q", problem.Title, problem.Detail, test.title, test.detail)
		}
	}
}

func TestIsNotFound(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		`{"title":"Not Found","status":404,"detail":"Resource not found"}`: true,
		`{"title":"Not Found"}`:                            true,
		`{"title":"Nicht gefunden","status":404}`:          true,
		`{"title":"Not Found","status":500}`:               true,
		`{"status":404}`:                                   true,
		`{"status":404,"error":"none","details":[]}`:       true,
		`<html><title>404 Not Found</title></html>`:        false,
		`{"message":"no Route matched with those values"}`: false,
		``:                                     false,
		`{}`:                                   false,
		`null`:                                 false,
		`[{"title":"Not Found","status":404}]`: false,
		`"Not Found"`:                          false,
		`404`:                                  false,
		`{"title":"Not Found","status":404`:    false,
		`{"status":500}`:                       false,
		`{"status":"404"}`:                     false,
		`{"code":404,"error":"Not Found"}`:     false,
		// The names of members are case-sensitive (RFC 9457).
		`{"Status":404,"Message":"no route"}`: false,
		`{"Title":"no healthy upstream"}`:     false,
		`{"ſtatus":404}`:                      false,
		`{"status":404,"Status":"error"}`:     true,
		`{"title":"Not Found","TITLE":null}`:  true,
		`{"title":" ","status":0}`:            false,
		`{"title":{"en":"Not Found"}}`:        false,
	} {
		err := problemFrom(t, rebillytest.Respond(http.StatusNotFound, "application/json", body))
		if IsNotFound(err) != want || IsNotFound(fmt.Errorf("reading: %w", err)) != want {
			t.Errorf("%s: got %t, want %t", body, IsNotFound(err), want)
		}
	}
	for _, status := range []int{400, 403, 410, 500} {
		if err := problemFrom(t, rebillytest.Respond(status, "application/json", `{"title":"Not Found","status":404}`)); IsNotFound(err) {
			t.Errorf("%v: got true, want false", err)
		}
	}
	if IsNotFound(nil) || IsNotFound(&ConnectionError{}) {
		t.Error("another error: got true, want false")
	}
}

// The error of the read says nothing about the POST.
func TestMayHaveActed_afterAFailedRead(t *testing.T) {
	t.Parallel()
	for _, err := range []error{&Problem{Status: 404}, &ConnectionError{}, context.Canceled, &DeadlineError{}} {
		if !MayHaveActed(fmt.Errorf("creating: %w", &ReadAfterRequestError{Err: err})) {
			t.Errorf("%T: got false", err)
		}
	}
}
