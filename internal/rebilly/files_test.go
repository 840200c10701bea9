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
	want := &File{ID: fileID, Size: 1000, SHA1: api.FileSHA1(fileID)}
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
	for fields, want := range map[string]string{
		`"size":0,"sha1":"` + hash + `"`:                                        "",
		`"size":9223372036854775807,"sha1":"` + hash + `","new":1`:              "",
		`"sha1":"` + hash + `"`:                                                 noSize,
		`"size":null,"sha1":"` + hash + `"`:                                     noSize,
		`"size":-1,"sha1":"` + hash + `"`:                                       noSize,
		`"size":1.5,"sha1":"` + hash + `"`:                                      `its field "size" must be a 64-bit integer and is: number 1.5`,
		`"size":"1","sha1":"` + hash + `"`:                                      `its field "size" must be a 64-bit integer and is: string`,
		`"size":1`:                                                              noHash,
		`"size":1,"sha1":null`:                                                  noHash,
		`"size":1,"sha1":""`:                                                    noHash,
		`"size":1,"sha1":"` + hash + `0"`:                                       noHash,
		`"size":1,"sha1":"g` + hash[1:] + `"`:                                   noHash,
		`"size":1,"sha1":"` + hash + `\n"`:                                      noHash,
		`"size":1,"sha1":1`:                                                     `its field "sha1" must be a string and is: number`,
		`"id":"y","size":1,"sha1":"` + hash + `"`:                               `it must be the file "x" and is the file "y"`,
		`"id":"","size":1,"sha1":"` + hash + `"`:                                `it must be the file "x" and is the file ""`,
		`"id":"https://files.example.com/` + rebillytest.SignedLinkSecret + `"`: `is the file "https://files.example.com/***"`,
	} {
		api := rebillytest.NewFor(t)
		api.Fail(rebillytest.JSON(`{"id":"x",` + fields + `}`))
		file, err := newTestClient(t, api).GetFile(t.Context(), "", "x")
		if want == "" && (err != nil || file.ID != "x" || file.SHA1 != strings.ToLower(hash)) {
			t.Errorf("%s: got %+v and %v", fields, file, err)
		}
		if _, invalid := errors.AsType[*InvalidResponseError](err); want != "" && (!invalid || file != nil || !strings.HasSuffix(err.Error(), want)) {
			t.Errorf("%s: got %+v and %v, want %s", fields, file, err, want)
		}
	}
}

// The record can appear later than the export is completed. A gateway's 404 says
// nothing about it.
func TestGetFile_appearsLate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault    rebillytest.Fault
		requests int
		want     string
	}{
		"404 of the API":   {fault: rebillytest.Problem(404, "Not Found", ""), requests: 3},
		"404 of a gateway": {fault: rebillytest.NotFoundHTML(), requests: 1, want: "404 Not Found: the response is not a problem object"},
		"forbidden":        {fault: rebillytest.Problem(403, "Forbidden", ""), requests: 1, want: "403 Forbidden"},
		"an array":         {fault: rebillytest.JSON(`[]`), requests: 1, want: "it must be a JSON object and is a JSON array"},
	}
	for name, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			api := rebillytest.NewFor(t)
			api.Fail(test.fault, test.fault)
			file, err := newTestClient(t, api).GetFile(t.Context(), "", fileID)
			if (err == nil) != (test.want == "") || (file == nil) != (err != nil) || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: got %+v and %v", name, file, err)
			}
			if sent := len(api.Requests()); sent != test.requests {
				t.Errorf("%s: %d requests were sent", name, sent)
			}
		})
	}
}
