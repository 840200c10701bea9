package rebillytest

import (
	"crypto/sha1" //nolint:gosec // The API has no other hash.
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// fileOf returns the record of the file of an export, and a signed link to it.
func fileOf(t *testing.T, api *API, exportID string) (file map[string]any, link string) {
	t.Helper()
	export := get(t, api, "/organization-exports/"+exportID).export(t)
	got := get(t, api, "/files/"+export.text("fileId"))
	if err := json.Unmarshal([]byte(got.body), &file); err != nil || got.status != http.StatusOK {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	links, _ := export["_links"].([]any)
	signed, _ := links[2].(map[string]any)
	link, _ = signed["href"].(string)

	return file, link
}

// fetch reads a signed link.
func fetch(t *testing.T, api *API, link string, headers ...string) received {
	t.Helper()
	got, err := roundTrip(t.Context(), api.Files(), http.MethodGet, link, "", headers...)
	if err != nil {
		t.Fatal(err)
	}

	return got
}

func TestGetFile_recordMatchesContent(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{-1, 0, 1, 300_001} {
		api := NewFor(t)
		if size >= 0 {
			api.SetFileSize(size)
		}
		file, link := fileOf(t, api, ExportID)
		got := fetch(t, api, link)
		sum := sha1.Sum([]byte(got.body)) //nolint:gosec // The API has no other hash.
		if float64(len(got.body)) != file["size"] || hex.EncodeToString(sum[:]) != file["sha1"] || got.status != http.StatusOK {
			t.Errorf("got %d with %d bytes and the SHA-1 %x, want %v", got.status, len(got.body), sum, file)
		}
		if length := int64(len(got.body)); size >= 0 && length != size || size < 0 && (length < 64<<10 || length > 128<<10) {
			t.Errorf("got %d bytes, want %d", length, size)
		}
		if file["name"] != ExportID+".zip" || file["mime"] != "application/zip" || file["sourceType"] != "organization-export" || file["createdTime"] != "2026-03-14T09:36:53Z" {
			t.Errorf("got %v", file)
		}
		id, _ := file["id"].(string)
		if content, err := io.ReadAll(api.FileContent(id)); err != nil || string(content) != got.body || api.FileSHA1(id) != file["sha1"] {
			t.Errorf("FileContent has %d bytes and the error %v", len(content), err)
		}
	}
}

func TestGetFile_completedExportsOfTheOrganizationOnly(t *testing.T) {
	t.Parallel()
	api := NewFor(t)
	done := Completed("x", Created)
	id := done.text("fileId")
	api.Add("org_done", done)
	api.Add("org_expired", done.With("status", StatusExpired))
	api.Add("org_other", Completed("y", Created))
	for path, want := range map[string]int{
		"/organizations/org_done/files/" + id: 200, "/organizations/org_expired/files/" + id: 404, "/organizations/org_other/files/" + id: 404,
		"/files/" + id: 404, "/files/" + Completed(ExportID, Created).text("fileId"): 200,
	} {
		if got := get(t, api, path); got.status != want {
			t.Errorf("%s: got %d %s, want %d", path, got.status, got.body, want)
		}
	}
	if got := send(t, api, http.MethodGet, "/files/"+id, "", "REB-APIKEY", "sk_unknown"); got.status != http.StatusUnauthorized {
		t.Errorf("without a credential: got %d", got.status)
	}
}

func TestFileContent_readsAtEveryOffset(t *testing.T) {
	t.Parallel()
	content := fileContent{seed: 7, size: 1000}
	whole := make([]byte, content.size)
	if _, err := content.ReadAt(whole, 0); err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(io.NewSectionReader(content, 0, content.size), whole); err != nil {
		t.Error(err)
	}
}

func TestFileContent_differsBetweenFiles(t *testing.T) {
	t.Parallel()
	api := New()
	if api.FileSHA1("file_a") == api.FileSHA1("file_b") || api.FileSHA1("file_a") != New().FileSHA1("file_a") {
		t.Error("two files have the same content, or one has other content in another fake")
	}
}

func TestSignedLink_refusedUnlessIssuedAndValid(t *testing.T) {
	t.Parallel()
	api := NewFor(t)
	api.Add(DefaultOrganization, Completed("y", Created))
	_, link := fileOf(t, api, ExportID)
	_, other := fileOf(t, api, "y")
	address, signature, _ := strings.Cut(link, "?")
	otherAddress, otherSignature, _ := strings.Cut(other, "?")
	_, foreign := fileOf(t, NewFor(t), ExportID)
	for range 2 {
		if got := fetch(t, api, link); got.status != http.StatusOK {
			t.Errorf("got %d", got.status)
		}
	}
	for _, invalid := range []string{
		address, address + "?signature=" + SignedLinkSecret + "-", link + "0", link[:len(link)-1], address + "?" + otherSignature, otherAddress + "?" + signature, foreign,
	} {
		if got := fetch(t, api, invalid); got.status != http.StatusForbidden {
			t.Errorf("%s: got %d", invalid, got.status)
		}
	}
	api.ExpireLinks()
	if got := fetch(t, api, link); got.status != http.StatusForbidden {
		t.Errorf("expired: got %d", got.status)
	}
	_, link = fileOf(t, api, ExportID)
	if got := fetch(t, api, link); got.status != http.StatusOK {
		t.Errorf("new after the others expired: got %d", got.status)
	}
}

func TestServeFiles_signedLinksLeadThere(t *testing.T) {
	t.Parallel()
	api := NewFor(t)
	if _, link := fileOf(t, api, ExportID); !strings.HasPrefix(link, "https://files.example.com/") {
		t.Errorf("got the link %s before", link)
	}
	base := api.ServeFiles(t)
	file, link := fileOf(t, api, ExportID)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if !strings.HasPrefix(link, base+"/") || response.StatusCode != http.StatusOK || float64(response.ContentLength) != file["size"] {
		t.Errorf("got %s with %d bytes from %s", response.Status, response.ContentLength, link)
	}
	if requests := api.FileRequests(); len(requests) != 1 || !strings.Contains(requests[0].Query, SignedLinkSecret) || requests[0].Header.Get("User-Agent") == "" {
		t.Errorf("recorded %+v", requests)
	}
}
