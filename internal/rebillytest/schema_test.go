package rebillytest

import (
	"net/http"
	"strings"
	"testing"
)

func TestAPI_rejectsInvalidRequests(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ method, path, body string }{
		"unknown path":          {http.MethodGet, "/customers", ""},
		"unknown method":        {http.MethodDelete, "/organization-exports/x", ""},
		"ID too long":           {http.MethodGet, "/organization-exports/" + strings.Repeat("x", 51), ""},
		"ID with a space":       {http.MethodGet, "/organization-exports/a%20b", ""},
		"organization too long": {http.MethodGet, "/organizations/" + strings.Repeat("x", 51) + "/organization-exports", ""},
		"limit too large":       {http.MethodGet, "/organization-exports?limit=1001", ""},
		"limit not a number":    {http.MethodGet, "/organization-exports?limit=all", ""},
		"offset too large":      {http.MethodGet, "/organization-exports?offset=1001", ""},
		"field of another type": {http.MethodPost, "/organization-exports", `{"includeFiles":"yes"}`},
		"unknown field":         {http.MethodPost, "/organization-exports", `{"files":true}`},
		"not JSON":              {http.MethodPost, "/organization-exports", `includeFiles`},
	}
	for name, test := range tests {
		api := New()
		got := send(t, api, test.method, test.path, test.body)
		if got.status != http.StatusBadRequest || len(api.Violations()) != 1 {
			t.Errorf("%s: got %d %s and the violations %v, want 400 and one violation", name, got.status, got.body, api.Violations())
		}
	}
}

// A field that only the fake or only openapi.yaml has is a defect of this
// package. Without these checks, tests would rely on fields that nobody
// described.
func TestAPI_rejectsInvalidResponses(t *testing.T) {
	t.Parallel()
	good := Completed("x", Created)
	problem := func(body map[string]any) Fault {
		return Fault{respond: func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, http.StatusServiceUnavailable, body)
		}}
	}
	tests := map[string]struct {
		export Export
		faults []Fault
		names  string // in the violation
	}{
		"status that is not in the enum":    {export: good.With("status", "archived"), names: "status"},
		"user ID too long":                  {export: good.With("userId", strings.Repeat("x", 51)), names: "userId"},
		"number instead of a string":        {export: good.With("fileId", 7), names: "fileId"},
		"time that is not RFC 3339":         {export: good.With("createdTime", "yesterday"), names: "createdTime"},
		"negative record count":             {export: good.With("resources", []any{resource("users", -1)}), names: "recordCount"},
		"fraction as a record count":        {export: good.With("resources", []any{map[string]any{"type": "users", "recordCount": 1.5}}), names: "recordCount"},
		"resource that is not in the enum":  {export: good.With("resources", []any{resource("subscriptions", 1)}), names: "resources"},
		"object instead of an array":        {export: good.With("resources", map[string]any{}), names: "resources"},
		"link that is not in the enum":      {export: good.With("_links", []any{link("audit", "https://api.rebilly.com")}), names: "_links"},
		"undeclared field of an export":     {export: good.With("undeclared", "csv"), names: "undeclared"},
		"undeclared field of a resource":    {export: good.With("resources", []any{map[string]any{"type": "users", "undeclared": "csv"}}), names: "undeclared"},
		"undeclared field of a link":        {export: good.With("_links", []any{map[string]any{"rel": "self", "undeclared": "csv"}}), names: "undeclared"},
		"undeclared field of a problem":     {good, []Fault{problem(map[string]any{"status": 503, "undeclared": "csv"})}, "undeclared"},
		"undeclared field of invalidFields": {good, []Fault{problem(map[string]any{"invalidFields": []any{map[string]any{"undeclared": "csv"}}})}, "undeclared"},
	}
	for name, test := range tests {
		api := New()
		api.Add(DefaultOrganization, test.export)
		api.Fail(test.faults...)
		got := get(t, api, "/organization-exports/x")
		violations := api.Violations()
		if got.status != http.StatusInternalServerError || len(violations) != 1 || !strings.Contains(violations[0], test.names) {
			t.Errorf("%s: got %d %s and the violations %v, want 500 and one that names %s", name, got.status, got.body, violations, test.names)
		}
	}
}

func TestAPI_acceptsValidResponses(t *testing.T) {
	t.Parallel()
	good := Completed("x", Created)
	for name, export := range map[string]Export{
		"every field":          good,
		"absent fields":        good.Without("resources").Without("fileId"),
		"null fields":          good.With("resources", nil).With("_links", nil),
		"largest record count": good.With("resources", []any{resource("users", 1<<63-1)}),
	} {
		api := NewFor(t)
		api.Add(DefaultOrganization, export)
		if got := get(t, api, "/organization-exports/x"); got.status != http.StatusOK {
			t.Errorf("%s: got %d %s", name, got.status, got.body)
		}
	}
}
