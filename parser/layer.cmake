# flex and bison write into the build folder; what they write is compiled apart from our own files,
# with the looser set of warnings.
set(parser_build ${CMAKE_BINARY_DIR}/parser)
file(MAKE_DIRECTORY ${parser_build})
bison_target(pw_grammar ${CMAKE_SOURCE_DIR}/parser/grammar.y ${parser_build}/grammar.c
  DEFINES_FILE ${parser_build}/grammar.h COMPILE_FLAGS "-Wall -Werror")
flex_target(pw_lexer ${CMAKE_SOURCE_DIR}/parser/lexer.l ${parser_build}/lexer.c)
add_flex_bison_dependency(pw_lexer pw_grammar)

add_library(pw_parser_generated OBJECT ${BISON_pw_grammar_OUTPUTS} ${FLEX_pw_lexer_OUTPUTS})
target_include_directories(pw_parser_generated PRIVATE ${CMAKE_BINARY_DIR}/include/parser ${parser_build})
target_compile_options(pw_parser_generated PRIVATE ${PW_WARNINGS_GENERATED})
target_sources(pw_parser PRIVATE $<TARGET_OBJECTS:pw_parser_generated>)
target_include_directories(pw_parser PRIVATE ${parser_build})
add_dependencies(pw_parser pw_parser_generated)
