package provider

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzExportThroughTerraform has the data source read any answer. What is
// accepted must be in Terraform's state exactly as it was answered, and what
// is not must leave none.
func FuzzExportThroughTerraform(f *testing.F) {
	for _, body := range []string{
		`{"id":"x","userId":"usr_1","fileId":"","status":"completed","resources":[{"type":"users","recordCount":9223372036854775807},{"recordCount":-0}],` +
			`"createdTime":"2026-03-14T09:26:53Z","updatedTime":"2026-03-14T09:36:53.123456789+05:30","retentionTime":null,` +
			`"_links":[{"rel":"signedLink","href":"https:\/\/files.example.com\/?a=b\u0026c"},{}]}`,
		`{"id":"x","status":"\ud83d\ude00\ud83d","resources":[],"_links":null}`,
		`{"ID":"x","Status":"queued","_LINKS":[]}`,
		`{"id":"x","status":"queued","createdTime":"2026-12-31t23:59:60z"}`,
		`{"id":"x","status":"queued","createdTime":"2026-03-14T09:26:53,5Z"}`,
		`{"id":"x","status":"queued","resources":[{"recordCount":1e2}],"extra":{"id":[]}}`,
	} {
		f.Add([]byte(body))
	}

	var answer []byte
	server := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) })
	var terraform protocol
	f.Fuzz(func(t *testing.T, body []byte) {
		if terraform.server == nil {
			terraform = configured(t, server, nil)
		}
		terraform.t, terraform.ctx, answer = t, t.Context(), body

		attributes, diagnostics := terraform.read("x")
		if len(diagnostics) > 0 {
			nothingBut("id")(t, true, attributes)
			checkHarmless(t, diagnostics)

			return
		}
		got := map[string]any{}
		for name, value := range attributes {
			got[name] = plain(t, value)
		}
		delete(got, "wait_for_completion")
		delete(got, "timeouts")
		if difference := cmp.Diff(answered(t, body), got); difference != "" {
			t.Errorf("the state differs from the answer (-want +got):\n%s", difference)
		}
	})
}

// answered returns the attributes for an answer, by nothing but the names that
// they have in the API.
func answered(t *testing.T, body []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var export map[string]any
	if err := decoder.Decode(&export); err != nil {
		t.Fatalf("what is no JSON was accepted: %v", err)
	}
	list := func(name string, fields map[string]string) any {
		elements, ok := member(export, name).([]any)
		if !ok {
			return nil
		}
		attributes := []any{}
		for _, element := range elements {
			object, _ := element.(map[string]any)
			attribute := map[string]any{}
			for field, name := range fields {
				attribute[name] = member(object, field)
			}
			attributes = append(attributes, attribute)
		}

		return attributes
	}

	return map[string]any{
		"id": member(export, "id"), "user_id": member(export, "userId"), "file_id": member(export, "fileId"), "status": member(export, "status"),
		"created_time": member(export, "createdTime"), "updated_time": member(export, "updatedTime"), "retention_time": member(export, "retentionTime"),
		"resources": list("resources", map[string]string{"type": "type", "recordCount": "record_count"}),
		"links":     list("_links", map[string]string{"rel": "rel", "href": "href"}),
	}
}

// member returns the member of an object with a name in any case, the way the
// client finds it. Numbers are their text.
func member(object map[string]any, name string) any {
	for other, value := range object {
		if !strings.EqualFold(other, name) {
			continue
		}
		if number, ok := value.(json.Number); ok {
			return strings.Replace(number.String(), "-0", "0", 1)
		}

		return value
	}

	return nil
}
