# pw_layer(NAME FOLDER dir [USES lower...] [LIBS targets...]): one folder of the engine as a library.
#
# The compiler enforces the ranks: a layer is compiled with one include directory that holds links
# to its own folder and to the folders it may use, and nothing else. `#include "runtime/task.h"` in
# an operator therefore does not find a file, whatever is installed where.
function(pw_layer name)
  cmake_parse_arguments(LAYER "" "FOLDER" "USES;LIBS" ${ARGN})
  set(view ${CMAKE_BINARY_DIR}/include/${name})
  file(REMOVE_RECURSE ${view})
  file(MAKE_DIRECTORY ${view})
  foreach(used ${name} ${LAYER_USES})
    get_property(folder GLOBAL PROPERTY PW_FOLDER_${used})
    if(used STREQUAL name)
      set(folder ${CMAKE_SOURCE_DIR}/${LAYER_FOLDER})
      set_property(GLOBAL PROPERTY PW_FOLDER_${name} ${folder})
    endif()
    file(CREATE_LINK ${folder} ${view}/${used} SYMBOLIC)
  endforeach()
  if(name STREQUAL "session")
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/engine/pitwall.h ${view}/pitwall.h SYMBOLIC)
  endif()

  file(GLOB sources CONFIGURE_DEPENDS ${LAYER_FOLDER}/*.c)
  if(NOT sources)
    return()
  endif()
  add_library(pw_${name} STATIC ${sources})
  target_include_directories(pw_${name} PUBLIC ${view})
  target_compile_options(pw_${name} PRIVATE ${PW_WARNINGS})
  foreach(used ${LAYER_USES})
    target_link_libraries(pw_${name} PRIVATE $<LINK_ONLY:pw_${used}>)
  endforeach()
  target_link_libraries(pw_${name} PRIVATE ${LAYER_LIBS} Threads::Threads m)
  set_property(GLOBAL APPEND PROPERTY PW_LAYERS pw_${name})

  if(EXISTS ${CMAKE_SOURCE_DIR}/${LAYER_FOLDER}/layer.cmake)
    include(${CMAKE_SOURCE_DIR}/${LAYER_FOLDER}/layer.cmake)
  endif()
endfunction()
