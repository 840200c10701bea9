package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// A link that is not a valid URL fails what exposes it, before anything can download it. It
// does not fail what leaves links out.
func TestLinks_invalidOnesAreNotExposed(t *testing.T) {
	t.Parallel()
	const export = `{"id":"x","status":"completed","fileId":"f","_links":[{"rel":"self","href":"/organization-exports/x"},` +
		`{"rel":"signedLink","href":"https://files.example.com/` + rebillytest.SignedLinkSecret + `\"\noutput = \"/tmp/harm"}]}`
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, nil)
	read := func(include bool) []*tfprotov6.Diagnostic {
		api.FailAlways(rebillytest.JSON(export))
		_, diagnostics := terraform.readWith(values{"id": "x", "include_links": include})

		return diagnostics
	}
	list := func(include bool) []*tfprotov6.Diagnostic {
		api.FailAlways(rebillytest.JSON("[" + export + "]"))
		_, diagnostics := terraform.readList(values{"include_links": include, "limit": 10})

		return diagnostics
	}
	mustSucceed(t, read(false))
	mustSucceed(t, list(false))
	mustFail(t, list(true), "", "Unexpected Response", `read the links of export "x"`, "Without include_links")
	checkHarmless(t, list(true))
	mustFail(t, read(true), "", "Unexpected Response", "With include_links = false")
	checkHarmless(t, read(true))

	_, diagnostics := terraform.open("x")
	mustFail(t, diagnostics, "", "Unexpected Response", `the field "href" of element 1 of its field "_links" is not a valid https URL`)
	checkHarmless(t, diagnostics)
	api.FailAlways(rebillytest.JSON(`{"id":"x","status":"completed","fileId":"x","size":1,"sha1":"0000000000000000000000000000000000000000",` + export[len(`{"id":"x","status":"completed","fileId":"f",`):]))
	diagnostics = download(terraform, t.TempDir(), "x", nil)
	mustFail(t, diagnostics, "", "Unexpected Response", "is not a valid https URL")
	checkHarmless(t, diagnostics)
}
