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
	_, err := newTestClient(t, api, noRetries).GetOrganizationExport(t.Context(), "", exportID)
	problem, ok := errors.AsType[*Problem](err)
	if !ok {
		t.Fatalf("got %v, want a Problem", err)
	}
	mustNotShow(t, "the problem", err.Error()+problem.Instance+problem.RequestID+problem.Type)

	return problem
}

func TestProblem_details(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testProblemDetails)
}

func testProblemDetails(t *testing.T) {
	t.Helper()
	got := problemFrom(t, rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "req_1 "+rebillytest.SecretKey)
		w.Header().Set("X-RateLimit-Retry-After", "1900000000")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write([]byte(`{"type":"https://example.com","title":"Validation failed","status":400,"detail":"Look again.","instance":"/problems/7",
			"invalidFields":[{"field":"includeFiles","message":"must be a boolean"},{"field":"` + rebillytest.SecretKey + `","message":"` + rebillytest.SecretKey + `"}],"other":{}}`))
	}))
	want := &Problem{
		Status:          http.StatusUnprocessableEntity,
		Type:            "https://example.com",
		Title:           "Validation failed",
		Detail:          "Look again.",
		Instance:        "/problems/7",
		InvalidFields:   []InvalidField{{Field: "includeFiles", Message: "must be a boolean"}, {Field: "***", Message: "***"}},
		RequestID:       "req_1 ***",
		RetryAt:         time.Unix(1900000000, 0),
		IsProblemObject: true,
		Attempts:        1,
	}
	if time.Since(got.ResponseTime).Abs() > time.Minute {
		t.Errorf("the time of the response is %s", got.ResponseTime)
	}
	want.ResponseTime = got.ResponseTime
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("the problem differs (-want +got):\n%s", difference)
	}
	if got.Error() != "the API returned 422 Validation failed: Look again." {
		t.Errorf("the error is: %v", got)
	}
}

func TestProblem_fromAnyBody(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ contentType, body, title, detail string }{
		"no body":                   {"", "", "Not Found", ""},
		"members of another type":   {"application/json", `{"title":7,"detail":{"a":1},"status":"404","invalidFields":"no"}`, "Not Found", ""},
		"array":                     {"application/json", `["https://files.example.com/` + rebillytest.SignedLinkSecret + `"]`, "Not Found", "the response is not a problem object but a JSON array"},
		"page of a gateway":         {"text/html", "<h1>Not here</h1>", "Not Found", `the response is not a problem object but text/html that begins with "<h1>Not here</h1>"`},
		"no content type":           {"", "gone", "Not Found", `the response is not a problem object but text without a content type that begins with "gone"`},
		"credential":                {"application/json", `{"title":"No","detail":"unknown key ` + rebillytest.SecretKey + `"}`, "No", "unknown key ***"},
		"signed link":               {"application/json", `{"title":"No","detail":"see https:\/\/u:p@files.example.com\/e.zip?signature=` + rebillytest.SignedLinkSecret + `, or ask"}`, "No", "see https://files.example.com/*** or ask"},
		"terminal control sequence": {"application/json", `{"title":"No\u001b[2J\u202e","detail":"one\r\n2026-01-01 [INFO] two\u0000"}`, "No[2J", "one 2026-01-01 [INFO] two"},
		"long detail":               {"application/json", `{"title":"No","detail":"` + strings.Repeat("x", 5000) + `"}`, "No", strings.Repeat("x", 1000) + "…"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problem := problemFrom(t, rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{test.contentType}
				w.WriteHeader(http.StatusNotFound)
				_, _ = w.Write([]byte(test.body))
			}))
			if problem.Title != test.title || problem.Detail != test.detail {
				t.Errorf("got %q and %q, want %q and %q", problem.Title, problem.Detail, test.title, test.detail)
			}
		})
	}
}

func TestIsNotFound(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) rebillytest.Fault {
		return rebillytest.Respond(status, "application/json", body)
	}
	tests := map[string]struct {
		fault rebillytest.Fault
		want  bool
	}{
		"problem object":                    {rebillytest.Problem(404, "Not Found", "Resource not found"), true},
		"title without status":              {answer(404, `{"title":"Not Found"}`), true},
		"title in another language":         {answer(404, `{"title":"Nicht gefunden","status":404}`), true},
		"title and another status":          {answer(404, `{"title":"Not Found","status":500}`), true},
		"status without title":              {answer(404, `{"status":404}`), true},
		"status and other members":          {answer(404, `{"status":404,"error":"none","details":[]}`), true},
		"HTML of nginx":                     {rebillytest.NotFoundHTML(), false},
		"message of a gateway":              {rebillytest.NotFoundMessage(), false},
		"HTML without a content type":       {rebillytest.Respond(404, "", "<html><title>404 Not Found</title></html>"), false},
		"empty body":                        {answer(404, ""), false},
		"empty object":                      {answer(404, `{}`), false},
		"null":                              {answer(404, `null`), false},
		"array":                             {answer(404, `[{"title":"Not Found","status":404}]`), false},
		"string":                            {answer(404, `"Not Found"`), false},
		"number":                            {answer(404, `404`), false},
		"cut short":                         {answer(404, `{"title":"Not Found","status":404`), false},
		"another status without title":      {answer(404, `{"status":500}`), false},
		"status as text without title":      {answer(404, `{"status":"404"}`), false},
		"status in another member":          {answer(404, `{"code":404,"error":"Not Found"}`), false},
		"title without text":                {answer(404, `{"title":" ","status":0}`), false},
		"title of another type":             {answer(404, `{"title":{"en":"Not Found"}}`), false},
		"400 with a problem object":         {rebillytest.Problem(400, "Not Found", ""), false},
		"403 with a problem object":         {rebillytest.Problem(403, "Forbidden", ""), false},
		"410 with a problem object":         {rebillytest.Problem(410, "Gone", ""), false},
		"410 with status 404 in the object": {answer(410, `{"title":"Not Found","status":404}`), false},
		"500 with status 404 in the object": {answer(500, `{"title":"Not Found","status":404}`), false},
		"200 with status 404 in the object": {answer(200, `{"title":"Not Found","status":404}`), false},
		"rate limit":                        {rebillytest.RateLimited(time.Now().Add(time.Hour)), false},
		"broken connection":                 {rebillytest.Cut(), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(test.fault)
			_, err := newTestClient(t, api, noRetries).GetOrganizationExport(t.Context(), "", exportID)
			if err == nil || IsNotFound(err) != test.want || IsNotFound(fmt.Errorf("reading: %w", err)) != test.want {
				t.Errorf("%v: got %t, want %t", err, IsNotFound(err), test.want)
			}
		})
	}
	if IsNotFound(nil) {
		t.Error("no error: got true, want false")
	}
}

func TestMayHaveActed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want bool
	}{
		"400":                     {&Problem{Status: 400}, false},
		"404":                     {&Problem{Status: 404}, false},
		"429":                     {&Problem{Status: 429}, false},
		"499":                     {&Problem{Status: 499}, false},
		"300":                     {&Problem{Status: 300}, true},
		"500":                     {&Problem{Status: 500}, true},
		"503":                     {&Problem{Status: 503}, true},
		"delay is too long":       {&RetryAfterError{Problem: &Problem{Status: 429}}, false},
		"redirect":                {&RedirectError{}, true},
		"invalid response":        {&InvalidResponseError{}, true},
		"sent":                    {&ConnectionError{Sent: true}, true},
		"sent, then timed out":    {&ConnectionError{Sent: true, cause: context.DeadlineExceeded}, true},
		"not sent":                {&ConnectionError{}, false},
		"canceled":                {context.Canceled, false},
		"deadline":                {&DeadlineError{}, false},
		"requested, not found":    {&ReadAfterRequestError{Err: &Problem{Status: 404}}, true},
		"requested, not reached":  {&ReadAfterRequestError{Err: &ConnectionError{}}, true},
		"requested, canceled":     {&ReadAfterRequestError{Err: context.Canceled}, true},
		"requested, deadline":     {&ReadAfterRequestError{Err: &DeadlineError{}}, true},
		"invalid organization ID": {fmt.Errorf("organization: %w", ValidateID("a/b")), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if MayHaveActed(test.err) != test.want || MayHaveActed(fmt.Errorf("creating: %w", test.err)) != test.want {
				t.Errorf("%v: got %t, want %t", test.err, MayHaveActed(test.err), test.want)
			}
		})
	}
}

func TestErrors_text(t *testing.T) {
	t.Parallel()
	reset := time.Date(2026, time.March, 14, 10, 0, 0, 0, time.UTC)
	limited := &Problem{Status: 429, Title: "Rate Limit Exceeded", RetryAt: reset}
	for want, err := range map[string]error{
		"the API returned 404 Not Found":                                                                             &Problem{Status: 404, Title: "Not Found"},
		"the API returned 404 Not Found: Resource not found":                                                         &Problem{Status: 404, Title: "Not Found", Detail: "Resource not found"},
		`export "x" was requested and could not be read: the API returned 403 Forbidden`:                             &ReadAfterRequestError{ID: "x", Err: &Problem{Status: 403, Title: "Forbidden"}},
		"refused to follow a redirect to https://b.example.com:443: it is another host":                              &RedirectError{Target: "https://b.example.com:443", reason: "it is another host"},
		"no response from a.example.com after 1 attempt: EOF":                                                        &ConnectionError{Host: "a.example.com", Attempts: 1, reason: "EOF"},
		"no response from a.example.com after 2 attempts: EOF":                                                       &ConnectionError{Host: "a.example.com", Attempts: 2, reason: "EOF"},
		"no usable response from a.example.com within the time allowed, after 5 attempts":                            &DeadlineError{Host: "a.example.com", Attempts: 5},
		limited.Error() + "; it requests a delay until 2026-03-14T10:00:00Z, and the longest delay allowed is 10m0s": &RetryAfterError{Problem: limited, Allowed: 10*time.Minute + time.Millisecond},
	} {
		if err.Error() != want {
			t.Errorf("got %s, want %s", err, want)
		}
	}
}
