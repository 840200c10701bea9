// Command terraform-provider-rebilly is the Terraform provider for Rebilly's
// organization data exports. Terraform starts it; it is of no use by itself.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/rebilly/terraform-provider-rebilly/internal/provider"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger such as delve, and print how Terraform attaches to it")
	flag.Parse()

	if err := provider.Serve(context.Background(), version, *debug); err != nil {
		log.Fatal(err)
	}
}
