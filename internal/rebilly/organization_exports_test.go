package rebilly

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestGetOrganizationExport_everyField(t *testing.T) {
	t.Parallel()
	export, err := newTestClient(t, rebillytest.NewFor(t)).GetOrganizationExport(t.Context(), "", exportID)
	if err != nil {
		t.Fatal(err)
	}
	if len(export.Links) != 3 || !strings.Contains(*export.Links[2].Href, rebillytest.SignedLinkSecret) {
		t.Fatalf("the third link is not the signed link: %+v", export.Links)
	}
	export.Links[2].Href = nil
	want := &OrganizationExport{
		ID:            exportID,
		Status:        "completed",
		UserID:        new("usr_0YVCEENYJ3D7Q9EN6BN16HA0G4"),
		FileID:        new("file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N"),
		CreatedTime:   new("2026-03-14T09:26:53Z"),
		UpdatedTime:   new("2026-03-14T09:36:53Z"),
		RetentionTime: new("2026-04-13T09:36:53Z"),
		Resources: []*ExportedResource{
			{Type: new("customers"), RecordCount: new(int64(1204))},
			{Type: new("invoices"), RecordCount: new(int64(9310))},
			{Type: new("transactions"), RecordCount: new(int64(48217))},
			{Type: new("users"), RecordCount: new(int64(12))},
		},
		Links: []*Link{
			{Rel: new("self"), Href: new("https://api.rebilly.com/organization-exports/" + exportID)},
			{Rel: new("user"), Href: new("https://api.rebilly.com/users/usr_0YVCEENYJ3D7Q9EN6BN16HA0G4")},
			{Rel: new("signedLink")},
		},
	}
	if difference := cmp.Diff(want, export, ignoreResponseTime); difference != "" {
		t.Errorf("the export differs (-want +got):\n%s", difference)
	}
}

func TestGetOrganizationExport_values(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fields string
		want   OrganizationExport
	}{
		"null":              {`"userId":null,"fileId":null,"resources":null,"createdTime":null,"updatedTime":null,"retentionTime":null,"_links":null`, OrganizationExport{}},
		"missing":           {`"new":1`, OrganizationExport{}},
		"empty":             {`"userId":"","resources":[],"_links":[]`, OrganizationExport{UserID: new(""), Resources: []*ExportedResource{}, Links: []*Link{}}},
		"empty elements":    {`"resources":[{}],"_links":[{}]`, OrganizationExport{Resources: []*ExportedResource{{}}, Links: []*Link{{}}}},
		"unknown values":    {`"resources":[{"type":"subscriptions"}],"_links":[{"rel":"audit"}]`, OrganizationExport{Resources: []*ExportedResource{{Type: new("subscriptions")}}, Links: []*Link{{Rel: new("audit")}}}},
		"largest count":     {`"resources":[{"recordCount":9223372036854775807}]`, OrganizationExport{Resources: []*ExportedResource{{RecordCount: new(int64(math.MaxInt64))}}}},
		"smallest count":    {`"resources":[{"recordCount":-9223372036854775808}]`, OrganizationExport{Resources: []*ExportedResource{{RecordCount: new(int64(math.MinInt64))}}}},
		"negative count":    {`"resources":[{"recordCount":-1}]`, OrganizationExport{Resources: []*ExportedResource{{RecordCount: new(int64(-1))}}}},
		"time with offset":  {`"createdTime":"2026-03-14T09:26:53.123456789+05:30"`, OrganizationExport{CreatedTime: new("2026-03-14T09:26:53.123456789+05:30")}},
		"lower-case escape": {`"userId":"\u00e9"`, OrganizationExport{UserID: new("é")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(rebillytest.JSON(`{"id":"x","status":"archived",` + test.fields + `}`))
			export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", "x")
			if err != nil {
				t.Fatal(err)
			}
			test.want.ID, test.want.Status = "x", "archived"
			if difference := cmp.Diff(&test.want, export, ignoreResponseTime); difference != "" {
				t.Errorf("the export differs (-want +got):\n%s", difference)
			}
		})
	}
}

func TestGetOrganizationExport_idInPath(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"x", "@~-._", "...", strings.Repeat("x", 50)} {
		api := rebillytest.NewFor(t)
		api.Add(id, rebillytest.Completed(id, rebillytest.Created))
		if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), id, id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
		if got := api.Requests()[0].Path; got != "/organizations/"+id+"/organization-exports/"+id {
			t.Errorf("%q: the path was %s", id, got)
		}
	}
}

func TestGetOrganizationExport_invalidIDSendsNothing(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	for _, id := range []string{"", ".", "..", "a/b", "a b", "a?b", "a%2fb", "ä", strings.Repeat("x", 51)} {
		_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", id)
		if want := ValidateID(id); err == nil || err.Error() != want.Error() {
			t.Errorf("%q: got %v, want %v", id, err, want)
		}
	}
	if sent := len(api.Requests()); sent != 0 {
		t.Errorf("%d requests were sent", sent)
	}
}

func TestListOrganizationExports_page(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	for _, id := range []string{"second", "third", "fourth"} {
		api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(id, rebillytest.Created))
	}
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("waiting", rebillytest.Created))
	page, err := newTestClient(t, api).ListOrganizationExports(t.Context(), "", ListOptions{
		Filter: "status:completed",
		Query:  "usr_",
		Sort:   []string{"-status", "id"},
		Limit:  2,
		Offset: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if page.Total != 4 || len(page.Exports) != 2 || page.Exports[0].ID != exportID || page.Exports[1].ID != "second" {
		t.Errorf("got %+v", page)
	}
	if got, want := api.Requests()[0].Query, "filter=status%3Acompleted&limit=2&offset=1&q=usr_&sort=-status%2Cid"; got != want {
		t.Errorf("the query was %s, want %s", got, want)
	}
}

// pageOf responds with a page of count exports, and with total as
// Pagination-Total unless it is empty.
func pageOf(count int, total string) rebillytest.Fault {
	return listOf("["+strings.TrimSuffix(strings.Repeat(`{"id":"x","status":"queued"},`, count), ",")+"]", total)
}

func listOf(body, total string) rebillytest.Fault {
	return rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		if total != "" {
			w.Header().Set("Pagination-Total", total)
		}
		_, _ = w.Write([]byte(body))
	})
}

func TestListOrganizationExports_total(t *testing.T) {
	t.Parallel()
	const notACount = "its header Pagination-Total is missing or is not a count"
	tests := map[string]struct {
		fault   rebillytest.Fault
		options ListOptions
		total   int
		want    string
	}{
		"full page":                       {pageOf(3, "5000"), ListOptions{Limit: 3}, 5000, ""},
		"largest page":                    {pageOf(1000, "5000"), ListOptions{}, 5000, ""},
		"more than the limit":             {pageOf(4, "5000"), ListOptions{Limit: 3}, 0, "it must have at most 3 elements and has 4"},
		"more than the API's limit":       {pageOf(1001, "5000"), ListOptions{}, 0, "an array of it has more than 1000 elements"},
		"missing, short page":             {pageOf(2, ""), ListOptions{Limit: 3}, 2, ""},
		"missing, short page at offset":   {pageOf(2, ""), ListOptions{Limit: 3, Offset: 7}, 9, ""},
		"missing, empty page":             {pageOf(0, ""), ListOptions{Limit: 3}, 0, ""},
		"missing, full page":              {pageOf(3, ""), ListOptions{Limit: 3}, 0, notACount},
		"missing, full page of the API":   {pageOf(1000, ""), ListOptions{Limit: 1000}, 0, notACount},
		"missing, no limit":               {pageOf(2, ""), ListOptions{}, 0, notACount},
		"text, short page":                {pageOf(2, "many"), ListOptions{Limit: 3}, 0, notACount},
		"negative, short page":            {pageOf(2, "-1"), ListOptions{Limit: 3}, 0, notACount},
		"fraction, short page":            {pageOf(2, "2.0"), ListOptions{Limit: 3}, 0, notACount},
		"out of range, short page":        {pageOf(2, "99999999999999999999"), ListOptions{Limit: 3}, 0, notACount},
		"object":                          {listOf(`{}`, "1"), ListOptions{}, 0, "it must be a JSON array and is a JSON object"},
		"null as an export":               {listOf(`[null]`, "1"), ListOptions{}, 0, "element 0: it must be an export and is null"},
		"export without an ID":            {listOf(`[{"id":"x","status":"queued"},{"status":"queued"}]`, "2"), ListOptions{}, 0, `element 1: its field "id" is missing`},
		"export with an invalid property": {listOf(`[{"id":"x","status":7}]`, "1"), ListOptions{}, 0, `its field "status" must be a string and is: number`},
		"number as an export":             {listOf(`[7]`, "1"), ListOptions{}, 0, `must be an object and is: number`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(test.fault)
			page, err := newTestClient(t, api).ListOrganizationExports(t.Context(), "", test.options)
			if test.want == "" {
				if err != nil || page.Total != test.total {
					t.Errorf("got %+v and %v, want a total of %d", page, err, test.total)
				}

				return
			}
			if _, ok := errors.AsType[*InvalidResponseError](err); !ok || page != nil || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("got %+v and %v, want %s", page, err, test.want)
			}
		})
	}
}

func TestListAllOrganizationExports_pages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		exports, limit  int
		returned, pages int
		truncated       bool
	}{
		"none":                      {0, 0, 0, 1, false},
		"short page":                {7, 0, 7, 1, false},
		"full page":                 {1000, 0, 1000, 1, false},
		"full page and one":         {1001, 0, 1001, 2, false},
		"as many as possible":       {2000, 0, 2000, 2, false},
		"more than possible":        {2001, 0, 2000, 2, true},
		"limit below the total":     {7, 3, 3, 1, false},
		"limit above the total":     {7, 9, 7, 1, false},
		"limit over two pages":      {1700, 1500, 1500, 2, false},
		"limit above what possible": {2100, 2050, 2000, 2, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			for i := range test.exports {
				api.Add("org_many", rebillytest.Queued(fmt.Sprintf("x%d", i), rebillytest.Created))
			}
			list, err := newTestClient(t, api).ListAllOrganizationExports(t.Context(), "org_many", ListOptions{Limit: test.limit, Offset: 5})
			if err != nil {
				t.Fatal(err)
			}
			if len(list.Exports) != test.returned || list.Total != test.exports || list.Truncated != test.truncated {
				t.Errorf("got %d of %d, truncated %t", len(list.Exports), list.Total, list.Truncated)
			}
			for i, export := range list.Exports {
				if export.ID != fmt.Sprintf("x%d", i) {
					t.Fatalf("element %d is %s", i, export.ID)
				}
			}
			if pages := len(api.Requests()); pages != test.pages {
				t.Errorf("%d pages were read, want %d", pages, test.pages)
			}
		})
	}
}

// page responds with the exports from and following, up to but not including
// to, and with total as Pagination-Total.
func page(total, from, to int) rebillytest.Fault {
	exports := []rebillytest.Export{}
	for i := from; i < to; i++ {
		exports = append(exports, rebillytest.Queued(fmt.Sprintf("x%d", i), rebillytest.Created))
	}
	body, _ := json.Marshal(exports)

	return listOf(string(body), strconv.Itoa(total))
}

func TestListAllOrganizationExports_oddPages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pages           []rebillytest.Fault
		returned, total int
		truncated       bool
		queries         string
	}{
		"short pages that overlap":       {[]rebillytest.Fault{page(5, 0, 2), page(6, 1, 4), page(6, 4, 5)}, 5, 6, false, "limit=1000 limit=1000&offset=2 limit=1000&offset=5"},
		"empty page before the total":    {[]rebillytest.Fault{page(5, 0, 2), page(5, 2, 2)}, 2, 5, true, "limit=1000 limit=1000&offset=2"},
		"next page above largest offset": {[]rebillytest.Fault{page(1800, 0, 500), page(1800, 500, 1500), page(1800, 1000, 1800)}, 1800, 1800, false, "limit=1000 limit=1000&offset=500 limit=1000&offset=1000"},
		"too many, short pages":          {[]rebillytest.Fault{page(3000, 0, 700), page(3000, 700, 1400), page(3000, 1000, 2000)}, 2000, 3000, true, "limit=1000 limit=1000&offset=700 limit=1000&offset=1000"},
		"total below what is returned":   {[]rebillytest.Fault{page(3, 0, 1000)}, 1000, 3, true, "limit=1000"},
		"short page without a total":     {[]rebillytest.Fault{pageOf(1, "")}, 1, 1, false, "limit=1000"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(test.pages...)
			list, err := newTestClient(t, api).ListAllOrganizationExports(t.Context(), "", ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if len(list.Exports) != test.returned || list.Total != test.total || list.Truncated != test.truncated {
				t.Errorf("got %d of %d, truncated %t", len(list.Exports), list.Total, list.Truncated)
			}
			queries := []string{}
			for _, request := range api.Requests() {
				queries = append(queries, request.Query)
			}
			if got := strings.Join(queries, " "); got != test.queries {
				t.Errorf("the queries were %s, want %s", got, test.queries)
			}
		})
	}
}

func TestListAllOrganizationExports_errorOnSecondPage(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(page(1500, 0, 1), rebillytest.Problem(403, "Forbidden", ""))
	list, err := newTestClient(t, api).ListAllOrganizationExports(t.Context(), "", ListOptions{})
	if err == nil || list != nil {
		t.Errorf("got %+v and %v", list, err)
	}
}

func TestCreateOrganizationExport(t *testing.T) {
	t.Parallel()
	for _, includeFiles := range []bool{true, false} {
		api := rebillytest.NewFor(t)
		export, err := newTestClient(t, api).CreateOrganizationExport(t.Context(), "", CreateOptions{IncludeFiles: includeFiles})
		if err != nil || export.ID == "" || export.Status != StatusQueued {
			t.Errorf("got %+v and %v", export, err)
		}
		request := api.Requests()[0]
		if want := fmt.Sprintf(`{"includeFiles":%t}`, includeFiles); request.Body != want || request.Header.Get("Content-Type") != "application/json" {
			t.Errorf("the request was %+v, want the body %s", request, want)
		}
	}
}

func TestCreateOrganizationExport_unusableResponse(t *testing.T) {
	t.Parallel()
	const created = "https://api.rebilly.com/organizations/org_eu/organization-exports/x"
	tests := map[string]struct {
		status         int
		location, body string
		want           string
	}{
		"body of another type":         {201, created, `[]`, ""},
		"no body":                      {201, created, ``, ""},
		"no ID":                        {201, created, `{"status":"queued"}`, ""},
		"relative location":            {202, "/organization-exports/x", ``, ""},
		"location with a query":        {200, created + "?expand=1#top", ``, ""},
		"export not found":             {201, "/organization-exports/y", ``, `export "y" was requested and could not be read: the API returned 404 Not Found: There is no export y in this organization.`},
		"no location":                  {201, "", ``, "it must be a JSON object and is an empty body"},
		"location without an ID":       {201, "/organization-exports/", ``, "it must be a JSON object and is an empty body"},
		"location with an invalid ID":  {201, "/organization-exports/a%2fb%20c", ``, "it must be a JSON object and is an empty body"},
		"location that is malformed":   {201, "https://[::1", ``, "it must be a JSON object and is an empty body"},
		"harmful status":               {201, created, `{"id":"x","status":"\u001b[2J"}`, ""},
		"location and an invalid ID":   {201, created, `{"id":"a/b","status":"queued"}`, ""},
		"invalid ID":                   {201, "", `{"id":"a/b","status":"queued"}`, `its field "id" cannot be part of a path: the ID "a/b" has a character`},
		"dots as an ID":                {201, "", `{"id":"..","status":"queued"}`, `its field "id" cannot be part of a path: the ID ".." would change`},
		"location of another resource": {201, "/customers/x", ``, "it must be a JSON object and is an empty body"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Add("org_eu", rebillytest.Queued("x", rebillytest.Created))
			api.Fail(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", test.location)
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			export, err := newTestClient(t, api).CreateOrganizationExport(t.Context(), "org_eu", CreateOptions{})
			if test.want == "" {
				if err != nil || export.ID != "x" || api.Requests()[1].Path != "/organizations/org_eu/organization-exports/x" {
					t.Errorf("got %+v and %v", export, err)
				}

				return
			}
			if export != nil || err == nil || !strings.Contains(err.Error(), test.want) || !MayHaveActed(err) {
				t.Errorf("got %+v and %v, want %s", export, err, test.want)
			}
		})
	}
}

// If the provider is killed before the read, only the log has the ID.
func TestCreateOrganizationExport_logsTheIDBeforeTheRead(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.CutBodyAfterActing(api))
	var log logBuffer
	export, err := newTestClient(t, api, func(c *Config) { c.Logger = log.logger() }).CreateOrganizationExport(t.Context(), "", CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := `"level":"INFO","msg":"Requested an organization export, and its response is unusable; reading the export","id":"` + export.ID
	if !strings.Contains(log.String(), want) {
		t.Errorf("the log lacks %s:\n%s", want, log.String())
	}
}

var ignoreResponseTime = cmpopts.IgnoreFields(OrganizationExport{}, "ResponseTime")

func TestGetOrganizationExport_responseTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 1, 2, 3, 4, 0, time.UTC)
	for name, test := range map[string]struct {
		date string
		want time.Time
	}{
		"valid":   {date: now.Format(http.TimeFormat), want: now},
		"invalid": {date: "yesterday"},
		"none":    {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", test.date)
				_, _ = w.Write([]byte(`{"id":"x","status":"queued"}`))
			}))
			export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", "x")
			if err != nil {
				t.Fatal(err)
			}
			if !export.ResponseTime.Equal(test.want) {
				t.Errorf("the time is %s, want %s", export.ResponseTime, test.want)
			}
		})
	}
}
