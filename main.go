// Command terraform-provider-rebilly is the Terraform provider for Rebilly's
// organization data exports. Terraform starts it; it is of no use by itself.
package main

import (
	"context"
	"flag"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/rebilly/terraform-provider-rebilly/internal/provider"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger such as delve, and print how Terraform attaches to it")
	flag.Parse()

	ctx := context.Background()
	var options []tf6server.ServeOpt
	if *debug {
		// You, not Terraform, end the process and choose its log levels.
		options = append(options, tf6server.WithManagedDebug())
	} else {
		ctx = provider.UntilInterrupted(ctx)
		if err := provider.LimitLogs(os.Getenv, os.Setenv); err != nil {
			log.Fatal(err)
		}
	}
	if err := provider.Serve(ctx, version, options...); err != nil {
		log.Fatal(err)
	}
}
