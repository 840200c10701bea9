package rebilly

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestClient_limitsElements(t *testing.T) {
	t.Parallel()
	const export = `[{"id":"x","status":"queued",`
	array := func(count int) string { return "[" + strings.TrimSuffix(strings.Repeat("{},", count), ",") + "]" }
	for body, refused := range map[string]bool{
		export + `"resources":` + array(1000) + `,"_links":` + array(1000) + `}]`: false,
		export + `"resources":` + array(1001) + `}]`:                              true,
		export + `"_links":` + array(1001) + `}]`:                                 true,
		export + `"_links":` + array(1001) + `,"_links":[]}]`:                     true,
		array(1001): true,
	} {
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.JSON(body))
		_, err := newTestClient(t, api).listPage(t.Context(), "", ListOptions{}, 1000, 0)
		_, invalid := errors.AsType[*InvalidResponseError](err)
		if invalid != refused || refused != (err != nil) || refused && !strings.HasSuffix(err.Error(), "an array of it has more than 1000 elements") {
			t.Errorf("%.60s: got %v", body, err)
		}
	}
}

// A short page after the other takes as much memory as a large one.
func TestOrganizationExportPages_limitsElements(t *testing.T) {
	t.Parallel()
	for elements, want := range map[string]int{"resources": 61, "_links": 9, "other": 100} {
		pages := 0
		client := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			pages++
			w.Header().Set("Pagination-Total", "100")
			_, _ = fmt.Fprintf(w, `[{"id":"x%d","status":"queued",%q:[%s{}]}]`, pages, elements, strings.Repeat("{},", 999))
		}))
		_, err := client.ListAllOrganizationExports(t.Context(), "", ListOptions{})
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

func TestInteger_inAnySpelling(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"9223372036854775807": 9223372036854775807, "-9223372036854775808": -9223372036854775808, "9223372036854775807.0": 9223372036854775807, "9.223372036854775807e18": 9223372036854775807,
	} {
		var got Integer
		if err := json.Unmarshal([]byte(text), &got); err != nil || int64(got) != want {
			t.Errorf("%s: got %d and %v", text, got, err)
		}
	}
	for _, text := range []string{
		"1.5", "1e400", "1e999999999999", "-1e400", "1e-1", "1e19", "9223372036854775808", "-9223372036854775809", "9223372036854775807.5", `"5"`, "true", "{}", "[]", "1e-99999999999999999999",
	} {
		var got Integer
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
		resources := `{"type":"a","recordCount":` + strings.ReplaceAll(counts, ",", `},{"type":"b","recordCount":1},{"type":"a","recordCount":`) + `}`
		_, err := newTestClient(t, nil).decodeExport(&response{body: []byte(`{"id":"x","status":"queued","resources":[` + resources + `]}`)})
		if (err == nil) != valid || err != nil && !strings.HasSuffix(err.Error(), "is not a 64-bit integer") {
			t.Errorf("%s: got %v", counts, err)
		}
	}
}
