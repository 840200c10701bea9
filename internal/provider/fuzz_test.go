package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// FuzzExportThroughTerraform makes the data source read any response. The state
// of an accepted response has exactly its values, and a refused response leaves
// no state.
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
		`{"id":"x","status":"queued","resources":[{"recordCount":-1}],"extra":{"a":1,"A":2},"extra":3}`,
	} {
		f.Add([]byte(body))
	}

	var response []byte
	server := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(response) })
	var terraform protocol
	f.Fuzz(func(t *testing.T, body []byte) {
		if terraform.server == nil {
			terraform = configured(t, server, nil)
		}
		terraform.t, terraform.ctx, response = t, t.Context(), body

		attributes, diagnostics := terraform.readWith(values{"id": "x"})
		if len(diagnostics) > 0 {
			nothingBut("id")(t, true, attributes)
			checkHarmless(t, diagnostics)

			return
		}
		want, ambiguous := expected(t, body)
		if ambiguous {
			return
		}
		mustHave(t, attributes, want)
	})
}

// expected returns the attributes for a response, by the names that they have in
// the API. It is ambiguous if a name occurs twice in one object of the export.
func expected(t *testing.T, body []byte) (attributes map[string]any, ambiguous bool) {
	t.Helper()
	// fields are the API's names of the attributes that are not lists.
	fields := map[string]string{}
	for name, value := range mappedAttributes {
		if _, ok := value.(string); ok {
			fields[strings.ReplaceAll(name, "_", "")] = name
		}
	}
	attributes, lists, ambiguous := members(t, body, fields, "resources", "_links")
	for name, fields := range map[string]map[string]string{
		"resources": {"type": "type", "recordcount": "record_count"}, "_links": {"rel": "rel", "href": "href"},
	} {
		var elements []json.RawMessage
		attributes[strings.TrimPrefix(name, "_")] = nil
		if json.Unmarshal(lists[name], &elements) != nil || elements == nil {
			continue
		}
		converted := []any{}
		for _, element := range elements {
			attribute, _, twice := members(t, element, fields)
			ambiguous = ambiguous || twice
			converted = append(converted, attribute)
		}
		attributes[strings.TrimPrefix(name, "_")] = converted
	}

	return attributes, ambiguous
}

// members returns the values of an object's fields by the names of their attributes,
// and its lists. The client ignores case, like encoding/json.
func members(t *testing.T, body []byte, fields map[string]string, lists ...string) (attributes map[string]any, found map[string]json.RawMessage, twice bool) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(body))
	if _, err := decoder.Token(); err != nil {
		t.Fatalf("a response that is not JSON was accepted: %v", err)
	}
	found, attributes = map[string]json.RawMessage{}, map[string]any{}
	for decoder.More() {
		var value json.RawMessage
		token, err := decoder.Token()
		if err := errors.Join(err, decoder.Decode(&value)); err != nil {
			t.Fatalf("a response that is not JSON was accepted: %v", err)
		}
		for _, name := range slices.AppendSeq(slices.Clone(lists), maps.Keys(fields)) {
			if strings.EqualFold(name, fmt.Sprint(token)) {
				twice = twice || found[name] != nil
				found[name] = value
			}
		}
	}
	for field, name := range fields {
		attributes[name] = scalar(t, found[field])
	}

	return attributes, found, twice
}

// scalar returns the value of a member that is a string, a number, or null.
func scalar(t *testing.T, encoded json.RawMessage) (value any) {
	t.Helper()
	if encoded == nil {
		return nil
	}
	if err := json.Unmarshal(encoded, &value); err != nil {
		t.Fatal(err)
	}
	if _, ok := value.(float64); !ok {
		return value
	}
	// The state has integers, in whatever spelling they were.
	number, _, err := big.ParseFloat(string(encoded), 10, 4096, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}

	return strings.Replace(number.Text('f', 0), "-0", "0", 1)
}
