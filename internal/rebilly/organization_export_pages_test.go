package rebilly

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestOrganizationExportPages_readsPageWhenNeeded(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		exports, limit int
		want           string // the numbers of exports on the pages
		truncated      bool   // every page
	}{
		"none":                      {want: "0"},
		"short page":                {exports: 7, want: "7"},
		"full page":                 {exports: 1000, want: "1000"},
		"full page and one":         {exports: 1001, want: "1000 1"},
		"as many as possible":       {exports: 2000, want: "1000 1000"},
		"more than possible":        {exports: 2001, want: "1000 1000", truncated: true},
		"limit below the total":     {exports: 7, limit: 3, want: "3"},
		"limit above the total":     {exports: 7, limit: 9, want: "7"},
		"limit over two pages":      {exports: 1700, limit: 1500, want: "1000 500"},
		"limit that is possible":    {exports: 2001, limit: 2000, want: "1000 1000"},
		"limit above what possible": {exports: 2100, limit: 2050, want: "1000 1000", truncated: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			for i := range test.exports {
				api.Add("org_many", rebillytest.Queued(fmt.Sprintf("x%d", i), rebillytest.Created))
			}
			pages := newTestClient(t, api).OrganizationExportPages(t.Context(), "org_many", ListOptions{Limit: test.limit})
			var sizes []string
			returned := 0
			for page, err := range pages {
				sizes = append(sizes, strconv.Itoa(len(page.Exports)))
				if err != nil || page.Total != test.exports || page.Truncated != test.truncated || len(api.Requests()) != len(sizes) {
					t.Errorf("got the page %+v and %v after %d requests", page, err, len(api.Requests()))
				}
				for _, export := range page.Exports {
					if want := fmt.Sprintf("x%d", returned); export.ID != want {
						t.Fatalf("got %s instead of %s", export.ID, want)
					}
					returned++
				}
			}
			if got := strings.Join(sizes, " "); got != test.want {
				t.Errorf("got pages of %s exports, want %s", got, test.want)
			}
		})
	}
}

func TestOrganizationExportPages_endsWithErrorOrItsCaller(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	first, forbidden := page("1500", 0, 1), rebillytest.Problem(403, "Forbidden", "")
	api.Fail(first, first, forbidden, first, forbidden)
	client := newTestClient(t, api)
	pages := client.OrganizationExportPages(t.Context(), "", ListOptions{})
	for range pages { //nolint:errcheck // The next loop does.
		break
	}
	var got []string
	for page, err := range pages {
		got = append(got, fmt.Sprint(page != nil && len(page.Exports) == 1, err))
	}
	const want = "true <nil>, false the API returned 403 Forbidden"
	// It starts over.
	if query := api.Requests()[1].Query; strings.Join(got, ", ") != want || query != "limit=1000" {
		t.Errorf("got %s after the query %s", got, query)
	}
	if list, err := client.ListAllOrganizationExports(t.Context(), "", ListOptions{}); err == nil || list != nil {
		t.Errorf("got %+v and %v", list, err)
	}
}

func TestListAllOrganizationExports_oddPages(t *testing.T) {
	t.Parallel()
	type faults []rebillytest.Fault
	tests := map[string]struct {
		pages           faults
		limit           int
		returned, total int
		truncated       bool
		queries         string
	}{
		"short pages that overlap": {
			pages: faults{page("5", 0, 2), page("6", 1, 4), page("6", 4, 5)}, returned: 5, total: 6, queries: "limit=1000 limit=1000&offset=2 limit=1000&offset=5",
		},
		"empty page before the total": {
			pages: faults{page("5", 0, 2), page("5", 2, 2)}, returned: 2, total: 5, truncated: true, queries: "limit=1000 limit=1000&offset=2",
		},
		"next page above largest offset": {
			pages:    faults{page("1800", 0, 500), page("1800", 500, 1500), page("1800", 1000, 1800)},
			returned: 1800, total: 1800, queries: "limit=1000 limit=1000&offset=500 limit=1000&offset=1000",
		},
		"too many, short pages": {
			pages:    faults{page("3000", 0, 700), page("3000", 700, 1400), page("3000", 1000, 2000)},
			returned: 2000, total: 3000, truncated: true, queries: "limit=1000 limit=1000&offset=700 limit=1000&offset=1000",
		},
		"total below what is returned": {pages: faults{page("3", 0, 1000)}, returned: 1000, total: 3, truncated: true, queries: "limit=1000"},
		"limit above a wrong total":    {pages: faults{page("3", 0, 10)}, limit: 10, returned: 10, total: 3, queries: "limit=10"},
		"short page without a total":   {pages: faults{page("", 0, 1)}, returned: 1, total: 1, queries: "limit=1000"},
	}
	for name, test := range tests {
		api := rebillytest.NewFor(t)
		api.Fail(test.pages...)
		list, err := newTestClient(t, api).ListAllOrganizationExports(t.Context(), "", ListOptions{Limit: test.limit})
		if err != nil || len(list.Exports) != test.returned || list.Total != test.total || list.Truncated != test.truncated {
			t.Fatalf("%s: got %+v and %v", name, list, err)
		}
		for i, export := range list.Exports {
			if export.ID != fmt.Sprintf("x%d", i) {
				t.Fatalf("%s: element %d is %s", name, i, export.ID)
			}
		}
		queries := []string{}
		for _, request := range api.Requests() {
			queries = append(queries, request.Query)
		}
		if got := strings.Join(queries, " "); got != test.queries {
			t.Errorf("%s: the queries were %s, want %s", name, got, test.queries)
		}
	}
}
