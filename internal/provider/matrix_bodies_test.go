package provider

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultyBodies are responses with a status code of 2xx whose bodies do not match
// the API schema, or match it in an unusual way. The word ID in them is replaced
// by the requested ID.
func faultyBodies() []fault {
	unusable := func(name string, response func(target) rebillytest.Fault, says ...string) fault {
		return fault{name: name, response: response, reads: final, requests: final, acted: true, summary: "Unexpected Response", says: says}
	}
	usable := func(name string, response func(target) rebillytest.Fault) fault {
		return fault{name: name, response: response, reads: accepted, requests: accepted}
	}
	notForLists := func(f fault, becomes outcome, says ...string) fault {
		f.except = map[string]expectation{listOfExports: {becomes, f.summary, says}}

		return f
	}

	faults := []fault{
		unusable("200 with HTML", body("text/html", "<html><title>Log in</title>"), `text/html that begins with "<html><title>Log in</title>"`),
		unusable("200 with an empty body", body("application/json", ""), "is an empty body"),
		unusable("204", always(rebillytest.Respond(http.StatusNoContent, "", "")), "is an empty body"),
		unusable("null", body("application/json", "null"), "is a JSON null"),
		notForLists(unusable("[]", body("application/json", "[]"), "it must be a JSON object and is a JSON array"), accepted),
		notForLists(unusable("{}", body("application/json", "{}"), `its field "id" is missing`), final, "it must be a JSON array and is a JSON object"),
		unusable(`"text"`, body("application/json", `"text"`), "is a JSON string"),
		unusable("JSON cut short", exporting(`{"id":"ID","status":"comp`), "JSON that is malformed or cut short"),
		unusable("two JSON values", exporting(`{"id":"ID","status":"completed"} {"id":"ID","status":"completed"}`), "JSON that is malformed or cut short"),
		unusable("invalid UTF-8", exporting("{\"id\":\"ID\",\"status\":\"\xff\xfe\"}"), "not valid UTF-8"),
		unusable("number for a string", exporting(`{"id":"ID","status":"completed","userId":5}`), `userId" must be a string and is: number`),
		unusable("string for a number", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":"5"}]}`), `recordCount" must be a 64-bit integer and is: string`),
		unusable("object for an array", exporting(`{"id":"ID","status":"completed","resources":{}}`), `resources" must be an array and is: object`),
		unusable("recordCount fractional", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":1.5}]}`), "must be a 64-bit integer and is: number 1.5"),
		unusable("recordCount above 2^63-1", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":9223372036854775808}]}`), "must be a 64-bit integer and is: number 9223372036854775808"),
		unusable("null in an array", exporting(`{"id":"ID","status":"completed","_links":[null]}`), `element 0 of its field "_links" is null`),
		unusable("invalid timestamp", exporting(`{"id":"ID","status":"completed","createdTime":"yesterday"}`), `its field "createdTime" is not a valid RFC 3339 timestamp`),
		unusable("no status", exporting(`{"id":"ID"}`), `its field "status" is missing`),
		{
			name: "another ID than the requested one", response: exporting(`{"id":"other","status":"completed"}`),
			reads: final, requests: accepted, summary: "Unexpected Response", says: []string{`and is the export "other"`},
			except: map[string]expectation{listOfExports: {outcome: accepted}},
		},
		usable("duplicate names", exporting(`{"id":"ID","status":"queued","status":"completed"}`)),
		usable("duplicate names in another case", exporting(`{"id":"ID","Status":"queued","status":"completed"}`)),
		usable("duplicate names in a nested object", exporting(`{"id":"ID","status":"completed","resources":[{"type":"users","type":"plans"}],"extra":{"a":1,"A":2,"a":3}}`)),
		usable("recordCount negative", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":-1}]}`)),
		usable("unknown extra fields", exporting(`{"id":"ID","status":"completed","_embedded":{"user":{"id":1}},"priority":[{}]}`)),
		usable("Content-Type of text", body("text/plain", `{"id":"ID","status":"completed"}`)),
		usable("no Content-Type", body("", `{"id":"ID","status":"completed"}`)),
		unusable("64 MiB of body", streaming("", func(w io.Writer) { repeat(w, spaces(), 64) }), "larger than the limit of 10 MiB"),
		unusable("gzip that expands to gigabytes", streaming("gzip", func(w io.Writer) { repeat(w, compressed(), 4096) }), "larger than the limit of 10 MiB"),
		{
			name: "invalid gzip", response: streaming("gzip", func(w io.Writer) { _, _ = io.WriteString(w, "this was never compressed") }),
			reads: retried, requests: final, acted: true, summary: "Connection Failed", says: []string{"gzip: invalid header"},
		},
	}
	for i := range faults {
		faults[i].body = true
	}

	return append(faults, faultyRecords()...)
}

// body responds with 200 and text, in which the requested ID replaces ID. For a
// list, an object becomes the only element of one.
func body(contentType, text string) func(target) rebillytest.Fault {
	return func(hit target) rebillytest.Fault {
		return rebillytest.RespondWith(func(w http.ResponseWriter, r *http.Request) {
			id := path.Base(r.URL.Path)
			if id == "organization-exports" {
				id = exportID
			}
			text := strings.ReplaceAll(text, "ID", id)
			if hit.list && strings.HasPrefix(text, `{"`) {
				text = "[" + text + "]"
			}
			w.Header().Set("Content-Type", contentType)
			if contentType == "" {
				w.Header()["Content-Type"] = nil
			}
			w.Header().Set("Pagination-Total", "1")
			if text == "[]" {
				w.Header().Set("Pagination-Total", "0")
			}
			_, _ = io.WriteString(w, text)
		})
	}
}

// exporting responds with 200 and an export of the given JSON.
func exporting(text string) func(target) rebillytest.Fault {
	return body("application/json", text)
}

// streaming responds with 200 and what write writes.
func streaming(encoding string, write func(io.Writer)) func(target) rebillytest.Fault {
	return always(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if encoding != "" {
			w.Header().Set("Content-Encoding", encoding)
		}
		write(w)
	}))
}

// spaces returns 1 MiB of spaces, and compressed the same as gzip.
var (
	spaces     = sync.OnceValue(func() []byte { return bytes.Repeat([]byte(" "), 1<<20) })
	compressed = sync.OnceValue(func() []byte {
		var text bytes.Buffer
		writer := gzip.NewWriter(&text)
		_, _ = writer.Write(spaces())
		_ = writer.Close()

		return text.Bytes()
	})
)

func repeat(w io.Writer, data []byte, times int) {
	for range times {
		if _, err := w.Write(data); err != nil {
			return
		}
	}
}
