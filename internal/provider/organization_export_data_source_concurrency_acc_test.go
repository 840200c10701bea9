package provider

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// everySecondFirst passes the first request for every second path to busy, and
// the others to api.
func everySecondFirst(busy, api http.Handler) http.Handler {
	var (
		mu   sync.Mutex
		seen = map[string]int{}
	)

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.URL.Path]++
		refused := seen[r.URL.Path] == 1 && len(seen)%2 == 0
		mu.Unlock()
		if refused {
			busy.ServeHTTP(w, r)
		} else {
			api.ServeHTTP(w, r)
		}
	})
}

func TestAccConcurrency_rateLimitedReads(t *testing.T) {
	t.Parallel()
	const exports = 1000
	api, busy := rebillytest.NewFor(t), rebillytest.NewFor(t)
	busy.FailAlways(rebillytest.RateLimited(time.Time{}))
	for i := range exports {
		api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(fmt.Sprintf("export-%d", i), rebillytest.Created))
	}
	address, _ := overLoopback(t, everySecondFirst(busy, api))
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + fmt.Sprintf(`
data "rebilly_organization_export" "all" {
  count = %d
  id    = "export-${count.index}"
}

output "completed" {
  value = length([for export in data.rebilly_organization_export.all : export if export.status == "completed"])
}

output "ids" {
  value = length(distinct(data.rebilly_organization_export.all[*].id))
}
`, exports)})
	printed := terraform.mustRun("plan", "-no-color", "-parallelism=50")
	for _, want := range []string{fmt.Sprintf("+ completed = %d\n", exports), fmt.Sprintf("+ ids       = %d\n", exports)} {
		if !strings.Contains(printed, want) {
			t.Errorf("it did not print %q:\n%s", want, printed[max(0, len(printed)-1000):])
		}
	}

	attempts := map[string]int{}
	for _, request := range append(api.Requests(), busy.Requests()...) {
		attempts[request.Path]++
	}
	most, sent := 0, 0
	for _, count := range attempts {
		most, sent = max(most, count), sent+count
	}
	if most > 1+rebilly.DefaultMaxRetries || most < 2 {
		t.Errorf("%d requests were sent for one export", most)
	}
	if want := exports + exports/2; sent != want {
		t.Errorf("%d requests were sent, want %d", sent, want)
	}
}
