package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"unicode"
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

		attributes, diagnostics := terraform.read("x")
		if len(diagnostics) > 0 {
			nothingBut("id")(t, true, attributes)
			checkHarmless(t, diagnostics)

			return
		}
		want, ambiguous := expected(t, body)
		if ambiguous {
			return
		}
		got := plainAll(t, attributes)
		for name := range got {
			// record_counts is computed from resources.
			if _, ofTheAPI := mappedAttributes[name]; !ofTheAPI || name == "record_counts" {
				delete(got, name)
			}
		}
		mustEqual(t, "the state", want, got)
	})
}

// expected returns the attributes for a response, by the names that they have in
// the API. It is ambiguous if a name occurs twice in one object of the export.
func expected(t *testing.T, body []byte) (attributes map[string]any, ambiguous bool) {
	t.Helper()
	export, ambiguous := members(t, body)
	list := func(name string, fields map[string]string) any {
		var elements []json.RawMessage
		if json.Unmarshal(export[name], &elements) != nil || elements == nil {
			return nil
		}
		converted := []any{}
		for _, element := range elements {
			object, twice := members(t, element)
			ambiguous = ambiguous || twice
			attribute := map[string]any{}
			for field, name := range fields {
				attribute[name] = scalar(t, object[field])
			}
			converted = append(converted, attribute)
		}

		return converted
	}
	attributes = map[string]any{
		"resources": list("resources", map[string]string{"type": "type", "recordcount": "record_count"}),
		"links":     list("_links", map[string]string{"rel": "rel", "href": "href"}),
	}
	for name, value := range mappedAttributes {
		if _, ok := value.(string); ok {
			attributes[name] = scalar(t, export[strings.ReplaceAll(name, "_", "")])
		}
	}

	return attributes, ambiguous
}

// members returns the members of an object by their names in lower case: the
// client ignores case, like encoding/json.
func members(t *testing.T, body []byte) (found map[string]json.RawMessage, twice bool) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(body))
	if _, err := decoder.Token(); err != nil {
		t.Fatalf("a response that is not JSON was accepted: %v", err)
	}
	found = map[string]json.RawMessage{}
	for decoder.More() {
		var value json.RawMessage
		token, err := decoder.Token()
		if err := errors.Join(err, decoder.Decode(&value)); err != nil {
			t.Fatalf("a response that is not JSON was accepted: %v", err)
		}
		name := fold(fmt.Sprint(token))
		_, before := found[name]
		twice = twice || before
		found[name] = value
	}

	return found, twice
}

// fold returns the same text for names that differ in case only.
func fold(name string) string {
	return strings.Map(func(character rune) rune {
		smallest := character
		for next := unicode.SimpleFold(character); next != character; next = unicode.SimpleFold(next) {
			smallest = min(smallest, next)
		}

		return unicode.ToLower(smallest)
	}, name)
}

// scalar returns the value of a member that is a string, a number, or null.
func scalar(t *testing.T, encoded json.RawMessage) any {
	t.Helper()
	if encoded == nil {
		return nil
	}
	var value any
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
