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

// faultyBodies are answers with success whose bodies are not what the contract
// promises. The word ID in them stands for the id that was asked for.
func faultyBodies() []fault {
	unusable := func(name string, answer func(object, *rebillytest.API) rebillytest.Fault, says ...string) fault {
		return fault{name: name, answer: answer, reads: final, requests: final, acted: true, says: says}
	}
	usable := func(name string, answer func(object, *rebillytest.API) rebillytest.Fault) fault {
		return fault{name: name, answer: answer, reads: fine, requests: fine}
	}
	// That which is no list is one for the list: other words.
	elsewise := func(f fault, fate fate, says ...string) fault {
		f.except = map[string]exception{listOfExports: {fate, says}}

		return f
	}
	anotherExport := exception{fine, nil}

	return []fault{
		unusable("200 with HTML", body("text/html", "<html><title>Log in</title>"), `text/html that begins with "<html><title>Log in</title>"`),
		unusable("200 with an empty body", body("application/json", ""), "it is an empty body"),
		unusable("204", always(rebillytest.Answer(http.StatusNoContent, "", "")), "it is an empty body"),
		unusable("null", body("application/json", "null"), "it is a JSON null"),
		elsewise(unusable("[]", body("application/json", "[]"), "it is a JSON array, and a JSON object was expected"), fine),
		elsewise(unusable("{}", body("application/json", "{}"), `its field "id" is missing`), final, "it is a JSON object, and a JSON array was expected"),
		unusable(`"text"`, body("application/json", `"text"`), "it is a JSON string"),
		unusable("JSON cut short", exporting(`{"id":"ID","status":"comp`), "JSON that is malformed or cut short"),
		unusable("two JSON values", exporting(`{"id":"ID","status":"completed"} {"id":"ID","status":"completed"}`), "JSON that is malformed or cut short"),
		unusable("invalid UTF-8", exporting("{\"id\":\"ID\",\"status\":\"\xff\xfe\"}"), "not valid UTF-8"),
		unusable("duplicate keys", exporting(`{"id":"ID","status":"completed","status":"queued"}`), `its field "status" is there twice`),
		unusable("duplicate keys in another case", exporting(`{"id":"ID","status":"completed","Status":"queued"}`), `its field "Status" is there twice`),
		unusable("duplicate keys in a nested object", exporting(`{"id":"ID","status":"completed","resources":[{"type":"users","type":"plans"}]}`), `its field "type" is there twice`),
		unusable("number where a string belongs", exporting(`{"id":"ID","status":"completed","userId":5}`), `userId" is not a string but: number`),
		unusable("string where a number belongs", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":"5"}]}`), `recordCount" is not a whole number below 2^63 but: string`),
		unusable("object where an array belongs", exporting(`{"id":"ID","status":"completed","resources":{}}`), `resources" is not an array but: object`),
		unusable("recordCount negative", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":-1}]}`), `"resources.recordCount" is negative`),
		unusable("recordCount fractional", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":1.5}]}`), "is not a whole number below 2^63 but: number 1.5"),
		unusable("recordCount above 2^63-1", exporting(`{"id":"ID","status":"completed","resources":[{"recordCount":9223372036854775808}]}`), "is not a whole number below 2^63 but: number 9223372036854775808"),
		unusable("null in an array", exporting(`{"id":"ID","status":"completed","_links":[null]}`), `"_links" has null as element 0`),
		unusable("time that is no time", exporting(`{"id":"ID","status":"completed","createdTime":"yesterday"}`), `its field "createdTime" is no RFC 3339 time: "yesterday"`),
		unusable("no status", exporting(`{"id":"ID"}`), `its field "status" is missing`),
		{
			name: "id that was not asked for", answer: exporting(`{"id":"other","status":"completed"}`),
			reads: final, requests: fine, says: []string{`it is the export "other"`},
			except: map[string]exception{listOfExports: anotherExport},
		},
		usable("unknown extra fields", exporting(`{"id":"ID","status":"completed","_embedded":{"user":{"id":1}},"priority":[{}]}`)),
		usable("Content-Type of text", body("text/plain", `{"id":"ID","status":"completed"}`)),
		usable("no Content-Type", body("", `{"id":"ID","status":"completed"}`)),
		unusable("64 MiB of body", streaming("", func(w io.Writer) { repeat(w, spaces(), 64) }), "larger than the limit of 10 MiB"),
		unusable("gzip that expands to gigabytes", streaming("gzip", func(w io.Writer) { repeat(w, compressed(), 4096) }), "larger than the limit of 10 MiB"),
		{
			name: "gzip that is none", answer: streaming("gzip", func(w io.Writer) { _, _ = io.WriteString(w, "this was never compressed") }),
			reads: retried, requests: final, acted: true, says: []string{"gzip: invalid header"},
		},
	}
}

// body answers 200 with text, in which ID becomes the id that was asked for.
// For a list, an object becomes the only element of one.
func body(contentType, text string) func(object, *rebillytest.API) rebillytest.Fault {
	return func(o object, _ *rebillytest.API) rebillytest.Fault {
		return rebillytest.OffContract(func(w http.ResponseWriter, r *http.Request) {
			id := path.Base(r.URL.Path)
			if id == "organization-exports" {
				id = exportID
			}
			text := strings.ReplaceAll(text, "ID", id)
			if o.list && strings.HasPrefix(text, `{"`) {
				text = "[" + text + "]"
			}
			w.Header().Set("Content-Type", contentType)
			if contentType == "" {
				w.Header()["Content-Type"] = nil
			}
			w.Header().Set("Pagination-Total", "0")
			_, _ = io.WriteString(w, text)
		})
	}
}

// exporting answers 200 with an export of the given JSON.
func exporting(text string) func(object, *rebillytest.API) rebillytest.Fault {
	return body("application/json", text)
}

// streaming answers 200 with whatever write writes.
func streaming(encoding string, write func(io.Writer)) func(object, *rebillytest.API) rebillytest.Fault {
	return always(rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if encoding != "" {
			w.Header().Set("Content-Encoding", encoding)
		}
		write(w)
	}))
}

// spaces returns a MiB of them, and compressed the same as gzip has it.
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
