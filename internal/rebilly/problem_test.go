package rebilly

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func problemOf(t *testing.T, fault rebillytest.Fault) *Problem {
	t.Helper()
	api := rebillytest.NewFor(t)
	api.Fail(fault)
	_, err := newTestClient(t, api, func(c *Config) { c.MaxRetries = 0 }).GetOrganizationExport(t.Context(), exportID)
	var problem *Problem
	if !errors.As(err, &problem) {
		t.Fatalf("got %v, want a Problem", err)
	}
	mustNotShow(t, "the problem", err.Error()+problem.Instance+problem.RequestID+problem.Type)

	return problem
}

func TestProblemDetailsAreATypedError(t *testing.T) {
	t.Parallel()
	got := problemOf(t, rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "req_1 "+rebillytest.SecretKey)
		w.Header().Set("X-RateLimit-Retry-After", "1900000000")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write([]byte(`{"type":"https://example.com","title":"Validation failed","status":400,"detail":"Look again.","instance":"/problems/7",
			"invalidFields":[{"field":"includeFiles","message":"must be a boolean"},{"field":"` + rebillytest.SecretKey + `","message":"` + rebillytest.SecretKey + `"}],"other":{}}`))
	}))
	want := &Problem{
		Status:        http.StatusUnprocessableEntity,
		Type:          "https://example.com",
		Title:         "Validation failed",
		Detail:        "Look again.",
		Instance:      "/problems/7",
		InvalidFields: []InvalidField{{Field: "includeFiles", Message: "must be a boolean"}, {Field: "***", Message: "***"}},
		RequestID:     "req_1 ***",
		RetryAt:       time.Unix(1900000000, 0),
	}
	if difference := cmp.Diff(want, got); difference != "" {
		t.Errorf("the problem differs (-want +got):\n%s", difference)
	}
	if got.Error() != "the API answered 422 Validation failed: Look again." {
		t.Errorf("the error is: %v", got)
	}
}

func TestAProblemIsMadeOfWhateverCame(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ contentType, body, title, detail string }{
		"no body":                   {"", "", "Not Found", ""},
		"members of another type":   {"application/json", `{"title":7,"detail":{"a":1},"invalidFields":"no"}`, "Not Found", ""},
		"another shape":             {"application/json", `["https://files.example.com/` + rebillytest.SignedLinkSecret + `"]`, "Not Found", "the answer is no problem object but a JSON array"},
		"a page of a gateway":       {"text/html", "<h1>Not here</h1>", "Not Found", `the answer is no problem object but text/html that begins with "<h1>Not here</h1>"`},
		"no content type":           {"", "gone", "Not Found", `the answer is no problem object but text of no declared type that begins with "gone"`},
		"the credential, repeated":  {"application/json", `{"title":"No","detail":"unknown key ` + rebillytest.SecretKey + `"}`, "No", "unknown key ***"},
		"a signed link, repeated":   {"application/json", `{"title":"No","detail":"see https:\/\/u:p@files.example.com\/e.zip?signature=` + rebillytest.SignedLinkSecret + `, or ask"}`, "No", "see https://files.example.com/*** or ask"},
		"terminal control sequence": {"application/json", `{"title":"No\u001b[2J\u202e","detail":"one\r\n2026-01-01 [INFO] two\u0000"}`, "No [2J", "one 2026-01-01 [INFO] two"},
		"much of it":                {"application/json", `{"title":"No","detail":"` + strings.Repeat("x", 5000) + `"}`, "No", strings.Repeat("x", 1000) + "…"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problem := problemOf(t, rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
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

func TestTheCredentialIsMaskedInEverySpelling(t *testing.T) {
	t.Parallel()
	const secret = "a+b/c=d%e&f"
	cleaner := newRedactor(SecretKey(secret))
	for _, text := range []string{"x a+b/c=d%e&f y", "x a%2Bb%2Fc%3Dd%25e%26f y", "x a+b%2Fc=d%25e&f y"} {
		if got := cleaner.clean(text, 100); got != "x *** y" {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := cleaner.clean("begin "+secret+strings.Repeat("x", 100), 10); got != "begin ***x…" {
		t.Errorf("it was cut before it was masked: %q", got)
	}
}
