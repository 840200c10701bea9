package rebilly

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestClient_invalidResponse(t *testing.T) {
	t.Parallel()
	const link = "https://files.example.com/" + rebillytest.SignedLinkSecret
	tests := map[string]struct{ body, want string }{
		"empty body":           {``, "it must be a JSON object and is an empty body"},
		"null":                 {`null`, "is a JSON null"},
		"array":                {`[{"id":"x"}]`, "is a JSON array"},
		"string":               {`"` + link + `"`, "is a JSON string"},
		"number":               {`17`, "is a JSON number"},
		"boolean":              {`true`, "is a JSON boolean"},
		"cut short":            {`{"id":"x","_links":[{"href":"` + link, "is JSON that is malformed or cut short"},
		"two values":           {`{"id":"x","status":"failed"}{"id":"x","status":"failed"}`, "is JSON that is malformed or cut short"},
		"invalid UTF-8":        {"{\"id\":\"x\",\"status\":\"\xff\"}", "its text is not valid UTF-8"},
		"invalid UTF-8 name":   {"{\"id\":\"x\",\"status\":\"queued\",\"\xff\":1}", "its text is not valid UTF-8"},
		"no id":                {`{"status":"completed"}`, `its field "id" is missing`},
		"null id":              {`{"id":null,"status":"completed"}`, `its field "id" is missing`},
		"no status":            {`{"id":"x"}`, `its field "status" is missing`},
		"another id":           {`{"id":"y","status":"completed"}`, `it must be the export "x" and is the export "y"`},
		"number for a string":  {`{"id":"x","status":7}`, `its field "status" must be a string and is: number`},
		"string for a count":   {`{"id":"x","status":"failed","resources":[{"recordCount":"7"}]}`, `its field "resources.recordCount" must be a 64-bit integer and is: string`},
		"fraction for a count": {`{"id":"x","status":"failed","resources":[{"recordCount":1.5}]}`, `its field "resources.recordCount" must be a 64-bit integer and is: number 1.5`},
		"count of 2^63":        {`{"id":"x","status":"failed","resources":[{"recordCount":9223372036854775808}]}`, `must be a 64-bit integer and is: number 9223372036854775808`},
		"count below -2^63":    {`{"id":"x","status":"failed","resources":[{"recordCount":-9223372036854775809}]}`, `must be a 64-bit integer and is: number -9223372036854775809`},
		"object for a list":    {`{"id":"x","status":"failed","resources":{}}`, `its field "resources" must be an array and is: object`},
		"string for an object": {`{"id":"x","status":"failed","_links":["self"]}`, `its field "_links" must be an object and is: string`},
		"null as a resource":   {`{"id":"x","status":"failed","resources":[{},null]}`, `element 1 of its field "resources" is null`},
		"null as a link":       {`{"id":"x","status":"failed","_links":[null]}`, `element 0 of its field "_links" is null`},
		"invalid timestamp":    {`{"id":"x","status":"failed","createdTime":"yesterday"}`, `its field "createdTime" is not a valid RFC 3339 timestamp`},
		"empty timestamp":      {`{"id":"x","status":"failed","retentionTime":""}`, `its field "retentionTime" is not a valid RFC 3339 timestamp`},
		"link as a timestamp":  {`{"id":"x","status":"failed","updatedTime":"` + link + `"}`, `its field "updatedTime" is not a valid RFC 3339 timestamp`},
		"long ID":              {`{"id":"x","status":"completed","fileId":"` + strings.Repeat("x", maxTextLength+1) + `"}`, `its field "fileId" has more than 1000 bytes`},
		"too large":            {`{"id":"` + strings.Repeat("x", maxBodyBytes) + `"}`, "larger than the limit of 10 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.JSON(test.body))
			export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", "x")
			if _, ok := errors.AsType[*InvalidResponseError](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want an InvalidResponseError with %q", err, test.want)
			}
			if export != nil {
				t.Errorf("an export was returned with the error: %+v", export)
			}
			if sent := len(api.Requests()); sent != 1 {
				t.Errorf("%d requests were sent, want 1: a retry does not help", sent)
			}
			mustNotShow(t, "the error", err.Error())
		})
	}
}

// The text of these fields reaches terminals, and CI's workflow commands.
func TestClient_refusesControlCharacters(t *testing.T) {
	t.Parallel()
	for _, character := range []string{`\u0000`, `\n`, `\r`, `\t`, `\u001b`, `\u007f`, "\u0085", "\u009b", "\u00ad", "\u061c", "\u200b", "\u200f", "\u2028", "\u2029", "\u202e", "\u2066", "\ufeff", "\U000e0041"} {
		for field, json := range map[string]string{
			"id":            `"id":"CHARACTER","status":"queued"`,
			"status":        `"id":"x","status":"CHARACTER"`,
			"userId":        `"id":"x","status":"queued","userId":"CHARACTER"`,
			"fileId":        `"id":"x","status":"queued","fileId":"CHARACTER"`,
			"type":          `"id":"x","status":"queued","resources":[{"type":"CHARACTER"}]`,
			"createdTime":   `"id":"x","status":"queued","createdTime":"CHARACTER"`,
			"updatedTime":   `"id":"x","status":"queued","updatedTime":"CHARACTER"`,
			"retentionTime": `"id":"x","status":"queued","retentionTime":"CHARACTER"`,
		} {
			text := rebillytest.SecretKey[:9] + character + rebillytest.SecretKey[9:]
			body := "{" + strings.Replace(json, "CHARACTER", text, 1) + "}"
			for list, body := range map[bool]string{false: body, true: "[" + body + "]"} {
				api := rebillytest.NewFor(t)
				api.FailAlways(rebillytest.JSON(body))
				client := newTestClient(t, api)
				_, err := client.GetOrganizationExport(t.Context(), "", "x")
				if list {
					_, err = client.ListOrganizationExports(t.Context(), "", ListOptions{Limit: 2})
				}
				if _, ok := errors.AsType[*InvalidResponseError](err); !ok || !strings.HasSuffix(err.Error(), `its field "`+field+`" has control or format characters`) {
					t.Errorf("%s with %q: got %v", field, character, err)
				}
			}
		}
	}
}

// Rebilly's schema has no pattern for IDs in responses.
func TestClient_acceptsAnyIDInResponses(t *testing.T) {
	t.Parallel()
	const body = `{"id":"a b/../\u00e9?","status":"completed","userId":"","fileId":"//x"}`
	api := rebillytest.NewFor(t)
	api.FailAlways(rebillytest.JSON("[" + body + "]"))
	client := newTestClient(t, api)
	page, err := client.ListOrganizationExports(t.Context(), "", ListOptions{Limit: 2})
	if err != nil || page.Exports[0].ID != "a b/../é?" {
		t.Fatalf("got %v", err)
	}
	if _, err := client.GetFile(t.Context(), "", *page.Exports[0].FileID); err == nil || !strings.Contains(err.Error(), "the ID of a file cannot be part of a path") {
		t.Errorf("got %v", err)
	}
	if sent := len(api.Requests()); sent != 1 {
		t.Errorf("%d requests were sent", sent)
	}
}

func TestClient_ignoresOtherFields(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"another field":             `"new":1`,
		"duplicate names":           `"new":1,"new":{"a":2}`,
		"names that differ by case": `"new":1,"NEW":2,"New":3`,
		"duplicate nested names":    `"new":{"a":1,"a":2,"b":[{"c":1,"C":2}]},"resources":[{"new":1,"new":2,"NEW":3}]`,
		"names of nested fields":    `"new":{"id":7,"status":null,"_links":"none"},"recordCount":"many","href":0`,
		"numbers out of range":      `"new":1e999`,
	}
	for name, fields := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(rebillytest.JSON(`{` + fields + `,"id":"x","status":"queued"}`))
			export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", "x")
			if err != nil {
				t.Fatal(err)
			}
			export.Resources = nil
			if difference := cmp.Diff(&OrganizationExport{ID: "x", Status: "queued"}, export, ignoreResponseTime); difference != "" {
				t.Errorf("the export differs (-want +got):\n%s", difference)
			}
		})
	}
}

func TestClient_showsBeginningOfOtherBody(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.Respond(http.StatusOK, "text/html", "<html>\r\n\x1b[31m<a href=\"https://login.example.com/sso?token="+rebillytest.SignedLinkSecret+"\">"+rebillytest.SecretKey+"</a>"+strings.Repeat("x", 500)))
	_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", "x")
	want := `is text/html that begins with "<html> [31m<a href="https://login.example.com/***">***</a>xxx`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v, want %q", err, want)
	}
	if length := len(err.Error()); length > 400 {
		t.Errorf("the error has %d bytes: %v", length, err)
	}
	mustNotShow(t, "the error", err.Error())
}

func TestClient_limitsDecompressedBody(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.RespondWith(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("the client does not accept compression")
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		compressed := gzip.NewWriter(w)
		spaces := []byte(strings.Repeat(" ", 1<<20))
		for range 64 {
			if _, err := compressed.Write(spaces); err != nil {
				return // The client has stopped reading.
			}
		}
		_ = compressed.Close()
	}))
	address, transport := serveTLS(t, api)
	client := newTestClient(t, api, func(c *Config) { c.BaseURL, c.Transport = address, transport })
	_, err := client.GetOrganizationExport(t.Context(), "", exportID)
	if _, ok := errors.AsType[*InvalidResponseError](err); !ok || !strings.Contains(err.Error(), "larger than the limit of 10 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestClient_readsNoMoreThanLimit(t *testing.T) {
	t.Parallel()
	const size = 4 * maxBodyBytes
	for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusServiceUnavailable} {
		body := strings.NewReader(strings.Repeat(" ", size))
		client := newTestClient(t, nil, noRetries, func(c *Config) {
			c.Transport = roundTripFunc(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}, nil
			})
		})
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err == nil {
			t.Errorf("%d: got an export", status)
		}
		if read := size - body.Len(); read > maxBodyBytes+1 {
			t.Errorf("%d: %d bytes were read", status, read)
		}
	}
}

// A hostile response must not use memory out of proportion to its size.
func TestDecode_memory(t *testing.T) { //nolint:paralleltest // Others would allocate at the same time.
	const size, limit = 4 << 20, 8
	fill := func(start, more, end string) string {
		return start + strings.TrimSuffix(strings.Repeat(more, size/len(more)), ",") + end
	}
	tests := map[string]struct {
		body  string
		first byte
	}{
		"empty exports":    {fill("[", "{},", "]"), '['},
		"nulls":            {fill("[", "null,", "]"), '['},
		"empty resources":  {fill(`{"id":"x","status":"queued","resources":[`, "{},", "]}"), '{'},
		"empty links":      {fill(`{"id":"x","status":"queued","_links":[`, "{},", "]}"), '{'},
		"open arrays":      {fill(`{"id":"x","status":"queued","more":`, "[", ""), '{'},
		"long name":        {fill(`{"`, "n", `":1}`), '{'},
		"strings":          {fill(`{"id":"x","status":"queued","more":[`, `"",`, "]}"), '{'},
		"escaped newlines": {fill(`{"id":"x","status":"queued","userId":"`, `\n`, `"}`), '{'},
	}
	client := newTestClient(t, nil)
	for name, test := range tests {
		received := &response{header: http.Header{}, body: []byte(test.body)}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if test.first == '[' {
			var exports elements[OrganizationExport]
			_ = client.decode(received, '[', &exports)
		} else {
			_, _ = client.decodeExport(received)
		}
		runtime.ReadMemStats(&after)
		if times := (after.TotalAlloc - before.TotalAlloc) / size; times > limit {
			t.Errorf("%s: %d times the body was allocated", name, times)
		}
	}
}

// What a host sends may be the link.
func TestClient_invalidResponseHidesItsText(t *testing.T) {
	t.Parallel()
	const link = "files.example.com/" + rebillytest.SignedLinkSecret
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.JSON(`[{"id":"x","status":"completed","_links":[{"href":"` + link))
	_, err := newTestClient(t, api).ListOrganizationExports(t.Context(), "", ListOptions{})
	if err == nil || !strings.Contains(err.Error(), "is JSON that is malformed or cut short") {
		t.Errorf("got %v", err)
	}
	mustNotShow(t, "the error", err.Error())

	api.Fail(rebillytest.Respond(http.StatusBadRequest, "text/html; https://"+link, "<html>"))
	_, err = newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID)
	if err == nil || !strings.Contains(err.Error(), "text/html") {
		t.Errorf("got %v", err)
	}
	mustNotShow(t, "the error", err.Error())
}
