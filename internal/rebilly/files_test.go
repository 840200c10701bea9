package rebilly

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

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
		`"size":null,"sha1":"` + hash + `"`:                                     noSize,
		`"size":1.5,"sha1":"` + hash + `"`:                                      `its field "size" must be a 64-bit integer and is: number 1.5`,
		`"size":"1","sha1":"` + hash + `"`:                                      `its field "size" must be a 64-bit integer and is: string`,
		`"size":1,"sha1":null`:                                                  noHash,
		`"size":1,"sha1":""`:                                                    noHash,
		`"size":1,"sha1":"` + hash + `0"`:                                       noHash,
		`"size":1,"sha1":"g` + hash[1:] + `"`:                                   noHash,
		`"size":1,"sha1":"` + hash + `\n"`:                                      noHash,
		`"size":1,"sha1":1`:                                                     `its field "sha1" must be a string and is: number`,
		`"id":"","size":1,"sha1":"` + hash + `"`:                                `it must be the file "x" and is the file ""`,
		`"id":"x\u001b[2J","size":1,"sha1":"` + hash + `"`:                      `it must be the file "x" and is the file "***"`,
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
	// The client without an API would panic if it sent something.
	_, err := newTestClient(t, nil).GetFile(t.Context(), "", "//x")
	if err == nil || !strings.Contains(err.Error(), "the ID of a file cannot be part of a path") {
		t.Errorf("got %v", err)
	}
}

// The record can appear later than the export is completed. A gateway's 404 says
// nothing about it.
func TestGetFile_appearsLate(t *testing.T) {
	t.Parallel()
	faults := map[int]rebillytest.Fault{3: rebillytest.Problem(404, "Not Found", ""), 1: rebillytest.NotFoundHTML()}
	for requests, fault := range faults {
		synctest.Test(t, func(t *testing.T) {
			api := rebillytest.NewFor(t)
			api.Fail(fault, fault)
			file, err := newTestClient(t, api).GetFile(t.Context(), "", fileID)
			if sent := len(api.Requests()); sent != requests || (file != nil) != (requests == 3) {
				t.Errorf("got %+v and %v after %d requests, want %d", file, err, sent, requests)
			}
		})
	}
}
