package rebilly

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestGetFile_sizeAndHash(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetFileSize(1000)
	file, err := newTestClient(t, api).GetFile(t.Context(), "", fileID)
	if err != nil {
		t.Fatal(err)
	}
	want := &File{ID: fileID, Size: new(int64(1000)), SHA1: new(api.FileSHA1(fileID))}
	if difference := cmp.Diff(want, file); difference != "" {
		t.Errorf("the file differs (-want +got):\n%s", difference)
	}
}

func TestGetFile_fieldsOfVerification(t *testing.T) {
	t.Parallel()
	const (
		hash   = "DA39a3ee5e6b4b0d3255bfef95601890afd80709"
		noSize = `its field "size" is missing or is not a number of bytes`
		noHash = `its field "sha1" is missing or is not a SHA-1`
	)
	tests := map[string]struct{ fields, want string }{
		"upper case, zero bytes":   {`"size":0,"sha1":"` + hash + `"`, ""},
		"largest size, new field":  {`"size":9223372036854775807,"sha1":"` + hash + `","new":1`, ""},
		"no size":                  {`"sha1":"` + hash + `"`, noSize},
		"null size":                {`"size":null,"sha1":"` + hash + `"`, noSize},
		"negative size":            {`"size":-1,"sha1":"` + hash + `"`, noSize},
		"fraction":                 {`"size":1.5,"sha1":"` + hash + `"`, `its field "size" must be a 64-bit integer and is: number 1.5`},
		"text as size":             {`"size":"1","sha1":"` + hash + `"`, `its field "size" must be a 64-bit integer and is: string`},
		"no hash":                  {`"size":1`, noHash},
		"null hash":                {`"size":1,"sha1":null`, noHash},
		"empty hash":               {`"size":1,"sha1":""`, noHash},
		"hash of another length":   {`"size":1,"sha1":"` + hash + `0"`, noHash},
		"hash that is not hex":     {`"size":1,"sha1":"g` + hash[1:] + `"`, noHash},
		"hash with a line break":   {`"size":1,"sha1":"` + hash + `\n"`, noHash},
		"another ID":               {`"id":"y","size":1,"sha1":"` + hash + `"`, `it must be the file "x" and is the file "y"`},
		"no ID":                    {`"id":"","size":1,"sha1":"` + hash + `"`, `it must be the file "x" and is the file ""`},
		"link as an ID":            {`"id":"https://files.example.com/` + rebillytest.SignedLinkSecret + `"`, `is the file "https://files.example.com/***"`},
		"number instead of a hash": {`"size":1,"sha1":1`, `its field "sha1" must be a string and is: number`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(rebillytest.JSON(`{"id":"x",` + test.fields + `}`))
			file, err := newTestClient(t, api).GetFile(t.Context(), "", "x")
			if test.want == "" {
				if err != nil || file.ID != "x" || *file.SHA1 != hash {
					t.Errorf("got %+v and %v", file, err)
				}

				return
			}
			if _, invalid := errors.AsType[*InvalidResponseError](err); !invalid || file != nil || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("got %+v and %v, want %s", file, err, test.want)
			}
		})
	}
}

func TestGetFile_errors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		id    string
		fault rebillytest.Fault
		want  string
		found bool
	}{
		"not found":  {"y", rebillytest.Fault{}, "the API returned 404 Not Found: There is no file y in this organization.", false},
		"forbidden":  {"x", rebillytest.Problem(403, "Forbidden", ""), "the API returned 403 Forbidden", true},
		"an array":   {"x", rebillytest.JSON(`[]`), "it must be a JSON object and is a JSON array", true},
		"invalid ID": {"a/b", rebillytest.Fault{}, ValidateID("a/b").Error(), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			if test.id == "x" {
				api.Fail(test.fault)
			}
			file, err := newTestClient(t, api, noRetries).GetFile(t.Context(), "", test.id)
			if err == nil || file != nil || !strings.HasSuffix(err.Error(), test.want) || IsNotFound(err) == test.found {
				t.Errorf("got %+v and %v, want %s", file, err, test.want)
			}
		})
	}
}

// The record can appear later than the export is completed. A gateway's 404 says
// nothing about it.
func TestGetFile_appearsLate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault   rebillytest.Fault
		retried bool
	}{
		"404 of the API":   {rebillytest.Problem(404, "Not Found", ""), true},
		"404 of a gateway": {rebillytest.NotFoundHTML(), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(test.fault, test.fault)
				if _, err := newTestClient(t, api).GetFile(t.Context(), "", fileID); (err == nil) != test.retried {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
