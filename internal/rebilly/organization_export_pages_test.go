package rebilly

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// manyExports returns a fake whose organization org_many has count exports.
func manyExports(t *testing.T, count int) *rebillytest.API {
	t.Helper()
	api := rebillytest.NewFor(t)
	for i := range count {
		api.Add("org_many", rebillytest.Queued(fmt.Sprintf("x%d", i), rebillytest.Created))
	}

	return api
}

func TestOrganizationExportPages_readsPageWhenNeeded(t *testing.T) {
	t.Parallel()
	api := manyExports(t, 1500)
	pages := newTestClient(t, api).OrganizationExportPages(t.Context(), "org_many", ListOptions{})
	if sent := len(api.Requests()); sent != 0 {
		t.Errorf("%d requests were sent before the first page was needed", sent)
	}
	number := 0
	for page, err := range pages {
		number++
		if err != nil || page.Total != 1500 || len(page.Exports) != []int{1000, 500}[number-1] || page.Truncated {
			t.Fatalf("page %d: got %d of %d, and %v", number, len(page.Exports), page.Total, err)
		}
		if sent := len(api.Requests()); sent != number {
			t.Errorf("page %d: %d requests were sent", number, sent)
		}
	}
	if number != 2 {
		t.Errorf("got %d pages", number)
	}
}

func TestOrganizationExportPages_stopsWithItsCaller(t *testing.T) {
	t.Parallel()
	api := manyExports(t, 1500)
	for _, err := range newTestClient(t, api).OrganizationExportPages(t.Context(), "org_many", ListOptions{}) {
		if err != nil {
			t.Error(err)
		}

		break
	}
	if sent := len(api.Requests()); sent != 1 {
		t.Errorf("%d requests were sent", sent)
	}
}

func TestOrganizationExportPages_startsOver(t *testing.T) {
	t.Parallel()
	pages := newTestClient(t, manyExports(t, 3)).OrganizationExportPages(t.Context(), "org_many", ListOptions{Limit: 2})
	for range 2 {
		for page, err := range pages {
			if err != nil || len(page.Exports) != 2 || page.Exports[0].ID != "x0" {
				t.Errorf("got %+v and %v", page, err)
			}
		}
	}
}

func TestOrganizationExportPages_truncated(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		exports, limit int
		want           string // whether each page is truncated
	}{
		"as many as possible":       {2000, 0, "false false"},
		"more than possible":        {2001, 0, "true true"},
		"limit that is possible":    {2001, 2000, "false false"},
		"limit above what possible": {2100, 2050, "true true"},
		"limit of one page":         {2100, 10, "false"},
		"none":                      {0, 0, "false"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for page, err := range newTestClient(t, manyExports(t, test.exports)).OrganizationExportPages(t.Context(), "org_many", ListOptions{Limit: test.limit}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, strconv.FormatBool(page.Truncated))
			}
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("truncated: %s, want %s", got, test.want)
			}
		})
	}
}

func TestOrganizationExportPages_returnsEachExportOnce(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(page(5, 0, 3), page(6, 2, 5))
	var got []string
	for page, err := range newTestClient(t, api).OrganizationExportPages(t.Context(), "", ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, export := range page.Exports {
			got = append(got, export.ID)
		}
		got = append(got, "|")
	}
	if got := strings.Join(got, " "); got != "x0 x1 x2 | x3 x4 |" {
		t.Errorf("got %s", got)
	}
}

func TestOrganizationExportPages_limitAboveWrongTotal(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(page(3, 0, 10))
	list, err := newTestClient(t, api).ListAllOrganizationExports(t.Context(), "", ListOptions{Limit: 10})
	if err != nil || len(list.Exports) != 10 || list.Truncated {
		t.Errorf("got %+v and %v", list, err)
	}
}

func TestOrganizationExportPages_endsWithError(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(page(1500, 0, 1), rebillytest.Problem(403, "Forbidden", ""))
	var got []string
	for page, err := range newTestClient(t, api).OrganizationExportPages(t.Context(), "", ListOptions{}) {
		got = append(got, fmt.Sprint(page != nil, err))
	}
	if got := strings.Join(got, ", "); got != "true <nil>, false the API returned 403 Forbidden" {
		t.Errorf("got %s", got)
	}
}
