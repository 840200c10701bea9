package rebilly

import (
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestADuplicateNameIsFoundWhereverItIs(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`{}`:                                  "",
		`"a"`:                                 "",
		`{"a":1,"b":{"a":1},"c":[{"a":"a"}]}`: "",
		`[{"a":1},{"a":2}]`:                   "",
		`{"a":1,"b":2,"a":3}`:                 "a",
		`{"b":2,"\u0061":1,"a":3}`:            "a",
		`{"id":1,"ID":2}`:                     "ID",
		`{"links":1,"lin\u212as":2}`:          "lin\u212as", // The sign of Kelvin is a k to encoding/json.
		`[[{"x":{"a":{},"a":[]}}],{"y":1}]`:   "a",
	}
	for text, want := range tests {
		if got := inspect([]byte(text)).duplicate; got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestElementsAreCountedAtTheTopAlone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{`[]`: 0, `[[1,2,3],{},4]`: 3, `{"a":[1,2,3]}`: 1, `1`: 0} {
		if got := inspect([]byte(text)).elements; got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}

func TestAPageOfMoreThanWasAskedForIsRefused(t *testing.T) {
	t.Parallel()
	export := `{"id":"x","status":"queued"}`
	tests := map[string]struct {
		elements, limit int
		want            string
	}{
		"as many":              {3, 3, ""},
		"more than the limit":  {4, 3, "it has 4 elements, and at most 3 were asked for"},
		"more than any page":   {1001, 0, "it has 1001 elements, and no page has more than 1000"},
		"as many as in a page": {1000, 0, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Pagination-Total", "5000")
				_, _ = w.Write([]byte("[" + strings.TrimSuffix(strings.Repeat(export+",", test.elements), ",") + "]"))
			}))
			page, err := newTestClient(t, api).ListOrganizationExports(t.Context(), ListOptions{Limit: test.limit})
			switch {
			case test.want == "" && (err != nil || len(page.Exports) != test.elements):
				t.Errorf("got %v", err)
			case test.want != "" && (err == nil || !strings.HasSuffix(err.Error(), test.want)):
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// What a hostile answer can make of the memory, as a multiple of its size.
func TestDecodingTakesMemoryInProportionToTheBody(t *testing.T) { //nolint:paralleltest // Others would allocate at the same time.
	const size, most = 1 << 18, 40
	fill := func(start, more, end string) string {
		return start + strings.TrimSuffix(strings.Repeat(more, size/len(more)), ",") + end
	}
	tests := map[string]struct {
		body     string
		expected byte
	}{
		"empty exports":    {fill("[", "{},", "]"), '['},
		"nulls":            {fill("[", "null,", "]"), '['},
		"empty resources":  {fill(`{"id":"x","status":"queued","resources":[`, "{},", "]}"), '{'},
		"empty links":      {fill(`{"id":"x","status":"queued","_links":[`, "{},", "]}"), '{'},
		"open arrays":      {fill(`{"id":"x","status":"queued","more":`, "[", ""), '{'},
		"a long name":      {fill(`{"`, "n", `":1}`), '{'},
		"strings":          {fill(`{"id":"x","status":"queued","more":[`, `"",`, "]}"), '{'},
		"escaped newlines": {fill(`{"id":"x","status":"queued","userId":"`, `\n`, `"}`), '{'},
	}
	client := newTestClient(t, nil)
	for name, test := range tests {
		answer := &answer{header: http.Header{}, body: []byte(test.body)}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if test.expected == '[' {
			var exports []*OrganizationExport
			_ = client.decode(answer, '[', &exports)
		} else {
			_, _ = client.decodeExport(answer)
		}
		runtime.ReadMemStats(&after)
		if times := (after.TotalAlloc - before.TotalAlloc) / size; times > most {
			t.Errorf("%s: %d times the body was allocated", name, times)
		}
	}
}
