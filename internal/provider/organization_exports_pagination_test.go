package provider

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// withoutTotal serves api without the header Pagination-Total.
func withoutTotal(api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api.ServeHTTP(headerFilter{w}, r)
	})
}

type headerFilter struct{ http.ResponseWriter }

func (f headerFilter) WriteHeader(status int) {
	f.Header().Del("Pagination-Total")
	f.ResponseWriter.WriteHeader(status)
}

// A page that is shorter than requested is the last one.
func TestPaginationTotal_isNotNeededOnTheLastPage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		exports   int
		limit     any
		ids       int
		wantError bool
	}{
		"no export":                 {0, nil, 0, false},
		"short page":                {3, nil, 3, false},
		"shorter than the limit":    {3, 4, 3, false},
		"as long as the limit":      {3, 3, 0, true},
		"limit above 2147483647":    {3, int64(1) << 31, 3, false},
		"limit above 4294967296":    {3, int64(1)<<32 + 1, 3, false},
		"page as long as it can be": {1000, nil, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			for i := range test.exports {
				api.Add("org_a", rebillytest.Queued("x"+strconv.Itoa(i), rebillytest.Created))
			}
			attributes, diagnostics := configured(t, withoutTotal(api), nil).readList(values{"organization_id": "org_a", "limit": test.limit})
			if test.wantError {
				mustFail(t, diagnostics, "", "Unexpected Response", "Pagination-Total")

				return
			}
			mustSucceed(t, diagnostics)
			if ids := exportIDs(t, attributes); len(ids) != test.ids {
				t.Errorf("got %d exports", len(ids))
			}
		})
	}
}
