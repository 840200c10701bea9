package rebilly

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestGetOrganizationExport_values(t *testing.T) {
	t.Parallel()
	ignoreResponseTime := cmpopts.IgnoreFields(OrganizationExport{}, "ResponseTime")
	for fields, want := range map[string]OrganizationExport{
		`"userId":null,"fileId":null,"resources":null,"createdTime":null,"updatedTime":null,"retentionTime":null,"_links":null`: {},
		`"userId":"","resources":[],"_links":[]`:        {UserID: new(""), Resources: []*ExportedResource{}, Links: []*Link{}},
		`"resources":[{}],"_links":[{}]`:                {Resources: []*ExportedResource{{}}, Links: []*Link{{}}},
		`"resources":[{"type":"users","type":"plans"}]`: {Resources: []*ExportedResource{{Type: new("plans")}}},
		`"userId":"\u00e9"`:                             {UserID: new("é")},
		// Fields that the client does not know.
		`"new":1,"new":2,"NEW":{"a":1,"a":2,"b":[{"c":1,"C":2}]}`:                                 {},
		`"new":{"id":7,"status":null,"_links":"none"},"recordCount":"many","href":0,"more":1e999`: {},
	} {
		api := rebillytest.NewFor(t)
		api.Fail(rebillytest.JSON(`{"id":"x","status":"archived",` + fields + `}`))
		export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", "x")
		want.ID, want.Status, want.Read = "x", "archived", true
		if difference := cmp.Diff(&want, export, ignoreResponseTime); difference != "" || err != nil {
			t.Errorf("%s: got %v, and the export differs (-want +got):\n%s", fields, err, difference)
		}
	}
}

func TestGetOrganizationExport_invalidIDSendsNothing(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	for _, id := range []string{"", ".", "..", "a/b", "a b", "a?b", "a%2fb", "ä", strings.Repeat("x", 51)} {
		_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", id)
		if want := ValidateID(id); err == nil || err.Error() != want.Error() || len(api.Requests()) > 0 {
			t.Errorf("%q: got %v after %d requests, want %v", id, err, len(api.Requests()), want)
		}
	}
}

// page responds with the exports from and following, up to but not including to, and
// with total as Pagination-Total unless it is empty.
func page(total string, from, to int) rebillytest.Fault {
	exports := []rebillytest.Export{}
	for i := from; i < to; i++ {
		exports = append(exports, rebillytest.Queued(fmt.Sprintf("x%d", i), rebillytest.Created))
	}
	body, _ := json.Marshal(exports)

	return rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Pagination-Total", total)
		_, _ = w.Write(body)
	})
}

func TestListPage_validated(t *testing.T) {
	t.Parallel()
	const notACount = "its header Pagination-Total is missing or is not a count"
	tests := map[string]struct {
		fault         rebillytest.Fault
		limit, offset int // no limit means 3
		total         int
		want          string // the end of the error
	}{
		"full page":                     {fault: page("5000", 0, 3), limit: 3, total: 5000},
		"largest page":                  {fault: page("5000", 0, 1000), limit: 1000, total: 5000},
		"more than the limit":           {fault: page("5000", 0, 4), limit: 3, want: "it must have at most 3 elements and has 4"},
		"missing, short page":           {fault: page("", 0, 2), limit: 3, total: 2},
		"missing, short page at offset": {fault: page("", 0, 2), limit: 3, offset: 7, total: 9},
		"missing, empty page":           {fault: page("", 0, 0), limit: 3},
		"missing, full page":            {fault: page("", 0, 3), limit: 3, want: notACount},
		"text, short page":              {fault: page("many", 0, 2), limit: 3, want: notACount},
		"negative, short page":          {fault: page("-1", 0, 2), limit: 3, want: notACount},
		"fraction, short page":          {fault: page("2.0", 0, 2), limit: 3, want: notACount},
		"out of range, short page":      {fault: page("99999999999999999999", 0, 2), limit: 3, want: notACount},
		"object":                        {fault: rebillytest.JSON(`{}`), want: "it must be a JSON array and is a JSON object"},
		"null as an export":             {fault: rebillytest.JSON(`[null]`), want: "element 0: it must be an export and is null"},
		"credential as an ID":           {fault: rebillytest.JSON(`[{"id":"` + rebillytest.SecretKey + `","status":"queued"}]`), want: `element 0: its field "id" has a secret or a link`},
		"export without an ID":          {fault: rebillytest.JSON(`[{"id":"x","status":"queued"},{"status":"queued"}]`), want: `element 1: its field "id" is missing`},
		"number as an export":           {fault: rebillytest.JSON(`[7]`), want: `must be an object and is: number`},
		// Rebilly's schema has no pattern for IDs in responses.
		"any ID": {fault: rebillytest.JSON(`[{"id":"a b/../\u00e9?","status":"queued"}]`), total: 1},
	}
	for name, test := range tests {
		api := rebillytest.NewFor(t)
		api.Fail(test.fault)
		page, err := newTestClient(t, api).listPage(t.Context(), "", ListOptions{}, max(test.limit, 3), test.offset)
		if test.want == "" && (err != nil || page.Total != test.total) {
			t.Errorf("%s: got %+v and %v, want a total of %d", name, page, err, test.total)
		}
		if _, ok := errors.AsType[*InvalidResponseError](err); test.want != "" && (!ok || page != nil || !strings.HasSuffix(err.Error(), test.want)) {
			t.Errorf("%s: got %+v and %v, want %s", name, page, err, test.want)
		}
	}
}

func TestCreateOrganizationExport_unusableResponse(t *testing.T) {
	t.Parallel()
	const (
		created   = "https://api.rebilly.com/organizations/org_eu/organization-exports/x"
		emptyBody = "it must be a JSON object and is an empty body"
	)
	tests := map[string]struct {
		status         int // 0 means 201
		location, body string
		want           string // the error; "" means that the export is read
	}{
		"body of another type":         {location: created, body: `[]`},
		"no body":                      {location: created},
		"no ID":                        {location: created, body: `{"status":"queued"}`},
		"harmful status":               {location: created, body: `{"id":"x","status":"\u001b[2J"}`},
		"location and an invalid ID":   {location: created, body: `{"id":"a/b","status":"queued"}`},
		"relative location":            {location: "/organization-exports/x", status: 202},
		"location with a query":        {location: created + "?expand=1#top", status: 200},
		"export not found":             {location: "/organization-exports/y", want: `export "y" was requested and could not be read: the API returned 404 Not Found: There is no export y in this organization.`},
		"no location":                  {want: emptyBody},
		"location without an ID":       {location: "/organization-exports/", want: emptyBody},
		"location with an invalid ID":  {location: "/organization-exports/a%2fb%20c", want: emptyBody},
		"location that is malformed":   {location: "https://[::1", want: emptyBody},
		"location of another resource": {location: "/customers/x", want: emptyBody},
		"invalid ID":                   {body: `{"id":"a/b","status":"queued"}`, want: `its field "id" cannot be part of a path: the ID "a/b" has the character "/"`},
		"dots as an ID":                {body: `{"id":"..","status":"queued"}`, want: `its field "id" cannot be part of a path: the ID ".." would change`},
	}
	for name, test := range tests {
		if test.status == 0 {
			test.status = http.StatusCreated
		}
		api := rebillytest.NewFor(t)
		api.Add("org_eu", rebillytest.Queued("x", rebillytest.Created))
		api.Fail(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", test.location)
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.body))
		}))
		var log logBuffer
		client := newTestClient(t, api, func(c *Config) { c.Logger = log.logger() })
		export, err := client.CreateOrganizationExport(t.Context(), "org_eu", false)
		// If the provider is killed before the read, only the log has the ID.
		const line = `"level":"INFO","msg":"Requested an organization export, and its response is unusable; reading the export","id":"x"`
		if test.want == "" && !strings.Contains(log.String(), line) {
			t.Errorf("%s: the log lacks %s:\n%s", name, line, log.String())
		}
		if test.want == "" && (err != nil || export.ID != "x" || api.Requests()[1].Path != "/organizations/org_eu/organization-exports/x") {
			t.Errorf("%s: got %+v and %v", name, export, err)
		}
		if test.want != "" && (export != nil || err == nil || !strings.Contains(err.Error(), test.want) || !MayHaveActed(err)) {
			t.Errorf("%s: got %+v and %v, want %s", name, export, err, test.want)
		}
	}
}
