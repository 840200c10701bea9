// Command checkrelease checks the files of a release, in the folder that it is
// given, against what the Terraform registry asks of a provider's release and
// what this project promises of its own. It prints the rules that hold, and
// ends with an error that names those that do not.
//
//	checkrelease dist
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("checkrelease: ")
	if len(os.Args) != 2 {
		log.Fatal("usage: checkrelease FOLDER")
	}
	found, err := open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var broken []error
	for _, rule := range rules {
		if err := rule.check(found); err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", rule.says, err))

			continue
		}
		fmt.Println("  holds: " + rule.says)
	}
	if err := errors.Join(broken...); err != nil {
		log.Fatal(err)
	}
}
