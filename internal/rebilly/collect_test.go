package rebilly

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// filled returns a fake API with n exports x0, x1 and so on.
func filled(t *testing.T, n int) *rebillytest.API {
	t.Helper()
	api := rebillytest.NewFor(t)
	for i := range n {
		api.Add("org_many", rebillytest.Queued(fmt.Sprintf("x%d", i), rebillytest.Created))
	}

	return api
}

func ofMany(c *Config) { c.OrganizationID = "org_many" }

func TestCollectReadsAllPagesAndSaysWhatItCouldNotReach(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		exports, limit   int
		collected, pages int
		truncated        bool
	}{
		"none":                        {0, 0, 0, 1, false},
		"less than a page":            {7, 0, 7, 1, false},
		"a page":                      {1000, 0, 1000, 1, false},
		"a page and one":              {1001, 0, 1001, 2, false},
		"all that can be reached":     {2000, 0, 2000, 2, false},
		"more than can be reached":    {2001, 0, 2000, 2, true},
		"a limit below the total":     {7, 3, 3, 1, false},
		"a limit above the total":     {7, 9, 7, 1, false},
		"a limit over two pages":      {1700, 1500, 1500, 2, false},
		"a limit that is not reached": {2100, 2050, 2000, 2, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := filled(t, test.exports)
			collected, err := newTestClient(t, api, ofMany).CollectOrganizationExports(t.Context(), ListOptions{Limit: test.limit})
			if err != nil {
				t.Fatal(err)
			}
			if len(collected.Exports) != test.collected || collected.Total != test.exports || collected.Truncated != test.truncated {
				t.Errorf("got %d of %d, truncated %t", len(collected.Exports), collected.Total, collected.Truncated)
			}
			for i, export := range collected.Exports {
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

// page answers as one page of ids out of total.
func page(total int, ids ...string) rebillytest.Fault {
	return rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Pagination-Total", strconv.Itoa(total))
		exports := []rebillytest.Export{}
		for _, id := range ids {
			exports = append(exports, rebillytest.Queued(id, rebillytest.Created))
		}
		_ = json.NewEncoder(w).Encode(exports)
	})
}

func TestAnExportOnTwoPagesIsCollectedOnceAndShortPagesAreContinued(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(page(5, "a", "b"), page(6, "b", "c", "d"), page(6, "e"))
	collected, err := newTestClient(t, api).CollectOrganizationExports(t.Context(), ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, export := range collected.Exports {
		got += export.ID //nolint:perfsprint // Five letters.
	}
	if got != "abcde" || collected.Total != 6 || collected.Truncated {
		t.Errorf("got %s of %d, truncated %t", got, collected.Total, collected.Truncated)
	}
	for i, want := range []string{"limit=1000", "limit=1000&offset=2", "limit=1000&offset=5"} {
		if query := api.Requests()[i].Query; query != want {
			t.Errorf("page %d was asked for by %s, want %s", i, query, want)
		}
	}
}

func TestAnEmptyPageBeforeTheTotalIsNotTakenForTheEnd(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(page(5, "a", "b"), page(5))
	collected, err := newTestClient(t, api).CollectOrganizationExports(t.Context(), ListOptions{})
	if err != nil || !collected.Truncated {
		t.Errorf("got %+v and %v", collected, err)
	}
}

func TestNoPageIsAskedForThatBeginsWhereNoneCan(t *testing.T) {
	t.Parallel()
	var ids [2][]string
	for i := range 1400 {
		ids[i/700] = append(ids[i/700], fmt.Sprintf("x%d", i))
	}
	api := rebillytest.NewFor(t)
	api.Fail(page(3000, ids[0]...), page(3000, ids[1]...))
	collected, err := newTestClient(t, api).CollectOrganizationExports(t.Context(), ListOptions{})
	if err != nil || len(collected.Exports) != 1400 || !collected.Truncated || len(api.Requests()) != 2 {
		t.Errorf("got %d exports, truncated %t, and %v after %d requests", len(collected.Exports), collected.Truncated, err, len(api.Requests()))
	}
}

func TestAFailureOnTheSecondPageReturnsNothing(t *testing.T) {
	t.Parallel()
	api := filled(t, 1500)
	api.Fail(page(1500, "a"), rebillytest.Problem(403, "Forbidden", ""))
	collected, err := newTestClient(t, api, ofMany).CollectOrganizationExports(t.Context(), ListOptions{})
	if err == nil || collected != nil {
		t.Errorf("got %+v and %v", collected, err)
	}
}
