# One set of warnings for our own code, a looser one for what flex and bison write.
set(PW_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -Wcast-qual -Wformat=2 -Wundef -Wswitch-enum -Werror)
set(PW_WARNINGS_GENERATED -Wall -Wno-unused-function -Wno-sign-compare)

if(PW_SANITIZE)
  add_compile_options(-fsanitize=${PW_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PW_SANITIZE})
endif()
if(PW_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
