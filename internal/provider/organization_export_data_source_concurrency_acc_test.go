package provider

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestAccConcurrency_rateLimitedReads(t *testing.T) {
	t.Parallel()
	const exports = 1000
	var (
		api, busy = rebillytest.NewFor(t), rebillytest.NewFor(t)
		mu        sync.Mutex
		attempts  = map[string]int{}
		sent      int
	)
	busy.FailAlways(rebillytest.RateLimited(time.Time{}))
	for i := range exports {
		api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(fmt.Sprintf("export-%d", i), rebillytest.Created))
	}
	// The first request for every second export is refused.
	address, _ := overLoopback(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		attempts[r.URL.Path]++
		sent++
		refused := attempts[r.URL.Path] == 1 && len(attempts)%2 == 0
		mu.Unlock()
		if refused {
			busy.ServeHTTP(w, r)
		} else {
			api.ServeHTTP(w, r)
		}
	}))
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + fmt.Sprintf(`
data "rebilly_organization_export" "all" {
  count = %d
  id    = "export-${count.index}"
}

output "completed" {
  value = length(distinct([for export in data.rebilly_organization_export.all : export.id if export.status == "completed"]))
}
`, exports)})
	printed := terraform.mustRun("plan", "-no-color", "-parallelism=50")
	if want := fmt.Sprintf("+ completed = %d\n", exports); !strings.Contains(printed, want) {
		t.Errorf("it did not print %q:\n%s", want, printed[max(0, len(printed)-1000):])
	}
	most := slices.Max(slices.Collect(maps.Values(attempts)))
	if want := exports + exports/2; sent != want || most != 2 {
		t.Errorf("%d requests were sent, up to %d for one export; want %d", sent, most, want)
	}
}
