module example.com/lantern

go 1.22
