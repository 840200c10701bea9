package rebilly

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestClient_limitsElements(t *testing.T) {
	t.Parallel()
	array := func(count int) string { return "[" + strings.TrimSuffix(strings.Repeat("{},", count), ",") + "]" }
	page := func(exports, resources, links int) string {
		export := `{"id":"x","status":"queued","resources":` + array(resources) + `,"_links":` + array(links) + `}`

		return "[" + strings.TrimSuffix(strings.Repeat(export+",", exports), ",") + "]"
	}
	for name, test := range map[string]struct{ body, want string }{
		"at the limit":             {page(1, 1000, 1000), ""},
		"one resource too many":    {`[{"id":"x","status":"queued","resources":` + array(1001) + `}]`, "an array of it has more than 1000 elements"},
		"one link too many":        {`[{"id":"x","status":"queued","_links":` + array(1001) + `}]`, "an array of it has more than 1000 elements"},
		"one export too many":      {array(1001), "an array of it has more than 1000 elements"},
		"duplicate names, one big": {`[{"id":"x","status":"queued","_links":` + array(1001) + `,"_links":[]}]`, "an array of it has more than 1000 elements"},
	} {
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.JSON(test.body))
		_, err := newTestClient(t, api).ListOrganizationExports(t.Context(), "", ListOptions{Limit: 1000, Offset: 1})
		if _, ok := errors.AsType[*InvalidResponseError](err); ok && strings.Contains(err.Error(), "Pagination-Total") {
			err = nil // The elements are accepted.
		}
		if (err == nil) != (test.want == "") || err != nil && !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// A short page after the other takes as much memory as a large one.
func TestOrganizationExportPages_limitsElements(t *testing.T) {
	t.Parallel()
	for elements, want := range map[string]int{"resources": 61, "_links": 9, "other": 100} {
		pages := 0
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
			pages++
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Pagination-Total", "100")
			_, _ = fmt.Fprintf(w, `[{"id":"x%d","status":"queued",%q:[%s{}]}]`, pages, elements, strings.Repeat("{},", 999))
		}))
		_, err := newTestClient(t, api).ListAllOrganizationExports(t.Context(), "", ListOptions{})
		if failed := err != nil; pages != want || failed != (elements != "other") {
			t.Errorf("%s: got %v after %d pages", elements, err, pages)
		}
	}
}

func TestProblem_keepsTwentyInvalidFields(t *testing.T) {
	t.Parallel()
	client := newTestClient(t, nil)
	for count, more := range map[int]bool{0: false, 20: false, 21: true, 300_000: true} {
		body := `{"invalidFields":[` + strings.TrimSuffix(strings.Repeat(`{"field":"f","message":"m"},`, count), ",") + `]}`
		problem := client.newProblem(&http.Response{StatusCode: http.StatusUnprocessableEntity}, []byte(body))
		if problem.MoreInvalidFields != more || len(problem.InvalidFields) != min(count, 20) {
			t.Errorf("%d: got %d, more: %t", count, len(problem.InvalidFields), problem.MoreInvalidFields)
		}
	}
}

// Millions of members, or of invalid fields, must not use memory.
func TestProblem_memory(t *testing.T) { //nolint:paralleltest // Others would allocate at the same time.
	const size, limit = 4 << 20, 50
	client := newTestClient(t, nil)
	for name, body := range map[string]string{
		"members":        `{` + strings.Repeat(`"m":1,`, size/6) + `"title":"T"}`,
		"invalid fields": `{"title":"T","invalidFields":[` + strings.Repeat(`{},`, size/3) + `{}]}`,
		"title":          `{"title":"` + strings.Repeat("T", size) + `"}`,
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		problem := client.newProblem(&http.Response{StatusCode: http.StatusUnprocessableEntity}, []byte(body))
		runtime.ReadMemStats(&after)
		if !strings.HasPrefix(problem.Title, "T") {
			t.Errorf("%s: got %+v", name, problem)
		}
		times := (after.TotalAlloc - before.TotalAlloc) / size
		t.Logf("%s: %d times the body", name, times)
		if times > limit {
			t.Errorf("%s: %d times the body was allocated", name, times)
		}
	}
}

func TestInteger_inAnySpelling(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"9223372036854775807": 9223372036854775807, "-9223372036854775808": -9223372036854775808, "9223372036854775807.0": 9223372036854775807, "9.223372036854775807e18": 9223372036854775807,
	} {
		var got integer
		if err := json.Unmarshal([]byte(text), &got); err != nil || int64(got) != want {
			t.Errorf("%s: got %d and %v", text, got, err)
		}
	}
	for _, text := range []string{"1.5", "1e400", "1e999999999999", "-1e400", "1e-1", "1e19", "9223372036854775808", "9223372036854775807.5", `"5"`, "true", "{}", "[]", "1e-99999999999999999999"} {
		var got integer
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s: got %d", text, got)
		}
	}
}

func TestClient_refusesCountsThatOverflow(t *testing.T) {
	t.Parallel()
	for counts, valid := range map[string]bool{
		"9223372036854775807,0": true, "9223372036854775806,1,-1,1": true, "-9223372036854775808,0": true, "-1,-9223372036854775807": true,
		"9223372036854775807,1": false, "-9223372036854775808,-1": false, "9223372036854775807,9223372036854775807": false, "-9223372036854775808,-9223372036854775808": false,
	} {
		var resources []string
		for count := range strings.SplitSeq(counts, ",") {
			resources = append(resources, `{"type":"a","recordCount":`+count+`},{"type":"b","recordCount":1}`)
		}
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.JSON(`{"id":"x","status":"queued","resources":[` + strings.Join(resources, ",") + `]}`))
		_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", "x")
		if (err == nil) != valid || err != nil && !strings.HasSuffix(err.Error(), "is not a 64-bit integer") {
			t.Errorf("%s: got %v", counts, err)
		}
	}
}
